"""The drills, one a file. To add one: write `drills/NAME.py` with a `DRILL`, and its short form in tests/drills.
Imports checks, clients, floods, judgement, servers and traffic.

    async def play(play: Play) -> None:
        pairs = await play.cast.pair_up(play.options.rooms, mode=both)   # rooms that are live
        async with play.cast.talking(pairs):                             # chat and signals at random moments
            play.mark("what I break")                                    # a line in the pictures
            ...                                                          # break it: play.nodes, play.postgres, Person
        play.measure("time to …", [0.1, 0.2])                            # figures and pictures
        play.require(at_most("p99 of …", figures.p99, 1.0))              # lines of the verdict

    DRILL = Drill(name="NAME", summary="…", play=play, settings={"RONDO_GRACE_S": "5"})

All invariants are judged when `play` returns, on all clients that `play.cast` has signed up.
"""
