"""Gateways, clients, networks and models for the tests of Tek: real ones, and simulated ones."""
