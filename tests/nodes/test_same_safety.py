"""The stories of one node, told on two: what is decided here holds there."""

from tests.journeys.test_safety import *  # noqa: F403 - the very same stories

# These hire a server of their own, or look at once for what comes from the other node a moment later: see test_safety.
del test_an_address_is_shut_out  # noqa: F821
del test_an_address_stays_shut_out_after_a_restart_until_its_time  # noqa: F821
del test_both_report_each_other_at_the_same_moment  # noqa: F821
