"""Clients, gateway, network and disk in one thread, on a simulated clock."""
