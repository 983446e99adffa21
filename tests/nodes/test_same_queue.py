"""The stories of one node, told on two: whoever waits here meets whoever waits there."""

from tests.journeys.test_queue import *  # noqa: F403 - the very same stories
