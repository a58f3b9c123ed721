"""`python -m cli` is `heckler`, also for one that another process keeps on a leash."""

from cli import leash
from cli.main import app

if __name__ == "__main__":
    leash.hold()
    app(prog_name="heckler")
