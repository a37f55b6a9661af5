"""What all taps need, without any vendor's name. docs/design.md lists its layers."""

__version__ = "0.1.0"
