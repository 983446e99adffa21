"""The stories of one node, told on two: all nodes are killed, or deployed, at once."""

from tests.journeys.test_restart import *  # noqa: F403 - the very same stories

del test_a_burning_torch_goes_on_from_where_it_was  # noqa: F821 - see test_death
