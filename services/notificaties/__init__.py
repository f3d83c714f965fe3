"""Who hears what: kanalen, abonnementen, the delivery of notificaties, and everything that could not be delivered."""
