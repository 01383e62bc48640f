"""The version that the gateway reports. It must never be written down a second time."""

from importlib.metadata import version

VERSION = version("tek-gateway")
