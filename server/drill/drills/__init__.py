"""The drills, one a file. To add one: write `drills/NAME.py` with a `DRILL`, and its short form in tests/drills.
Imports checks, clients, floods, judgement, servers and traffic.

    async def run(context: DrillContext) -> None:
        pairs = await context.clients.pair_up(context.options.rooms, mode=both)  # rooms that are live
        async with context.clients.talking(pairs):                  # chat and signals at random moments
            context.mark("what is broken")                          # a line in the charts
            ...                                                     # break it: context.nodes, context.postgres
        context.measure("time to …", [0.1, 0.2])                    # figures and charts
        context.require(at_most("p99 of …", figures.p99, 1.0))      # lines of the verdict

    DRILL = Drill(name="NAME", summary="…", run=run, settings={"RONDO_GRACE_S": "5"})

All invariants are judged when `run` returns, on all clients that `context.clients` has signed up.
"""
