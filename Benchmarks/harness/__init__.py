"""Times this project and its peers in one run; see docs/performance.md."""
