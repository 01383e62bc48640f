"""The settings, the tokens and the gateway addresses of a user."""
