"""`python -m training.starter STAGE`: build the starter model, stage by stage; `all` runs every one."""

from training.starter.command import main

if __name__ == "__main__":
    raise SystemExit(main())
