"""The pages for people, and the tool that keeps their tables current."""
