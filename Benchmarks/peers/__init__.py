"""The peers, each a process of its own that answers the commands of `pbe-bench work`."""
