"""The helpdesk in figures: SQL views on the tables of any of the taps, and a page of charts."""

__version__ = "0.1.0"
