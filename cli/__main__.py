"""`python -m cli` is `heckler`, also for one that another process keeps on a leash."""

from cli.main import app
from cli.up import parent_watch as leash

if __name__ == "__main__":
    leash.hold()
    app(prog_name="heckler")
