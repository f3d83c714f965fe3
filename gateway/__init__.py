"""The one front door: routing, authentication, rate limits, live streams and the page that says what lives here."""
