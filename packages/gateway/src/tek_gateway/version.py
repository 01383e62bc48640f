"""The version that the gateway reports."""

from importlib.metadata import version

VERSION = version("tek-gateway")
