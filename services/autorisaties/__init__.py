"""Who may do what: applicaties, their autorisaties, and the credentials of clients."""
