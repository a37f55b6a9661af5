"""What every tap of the suite needs and no vendor's name: command line, config, catalog, HTTP, shaping, state, sync."""

__version__ = "0.1.0"
