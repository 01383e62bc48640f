"""Real gateways, clients, networks and models to break, for the tests of Tek."""
