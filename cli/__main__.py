"""`python -m cli` is `heckler`, also for one that another process ties to itself."""

from cli.main import app
from cli.up import parent_watch

if __name__ == "__main__":
    parent_watch.exit_with_parent()
    app(prog_name="heckler")
