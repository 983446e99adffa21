"""The stories of one node, told on two."""

from tests.journeys.test_torch import *  # noqa: F403 - the very same stories
