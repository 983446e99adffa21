"""The resources of friends; RONDO_FRIENDS=off removes them."""

from matchmaker.domain.errors import NotFound
from server.http.moderation import operators
from server.http.people import friends, notification_settings, notifications
from server.http.route import Route

FRIENDS = (
    Route("POST", "/v1/notifications/read", notifications.read_up_to, notifications.UpTo, people=True),
    Route(
        "GET",
        "/v1/notification-settings",
        notification_settings.show,
        answer=notification_settings.Choices,
        people=True,
    ),
    Route(
        "PUT",
        "/v1/notification-settings",
        notification_settings.choose,
        notification_settings.Choices,
        notification_settings.Choices,
        refuses=notification_settings.CHOOSE,
        people=True,
    ),
    Route(
        "POST",
        "/v1/unsubscribe/{token}",
        notification_settings.unsubscribe,
        open=True,
        refuses=notification_settings.UNSUBSCRIBE,
        people=True,
    ),
    Route(
        "GET",
        "/v1/admin/users",
        operators.users,
        answer=operators.UsersResponse,
        query=operators.WhichUsers,
        staff=True,
        people=True,
    ),
    Route("GET", "/v1/admin/users/{user_id}", operators.user, answer=operators.OneUser, staff=True, people=True),
    Route(
        "GET",
        "/v1/admin/email",
        operators.emails,
        answer=operators.FailedEmails,
        query=operators.WhichEmails,
        staff=True,
        people=True,
    ),
    Route("GET", "/v1/friends", friends.show, answer=friends.FriendsResponse, query=friends.FriendsQuery, people=True),
    Route(
        "GET",
        "/v1/friends/requests",
        friends.requests,
        answer=friends.Requests,
        query=friends.FriendsQuery,
        people=True,
    ),
    Route("POST", "/v1/friends/requests/{user_id}/decline", friends.decline, people=True),
    Route(
        "PUT",
        "/v1/friends/{user_id}",
        friends.ask,
        friends.FriendRequestBody,
        friends.FriendRequestResponse,
        refuses=friends.ASK,
        people=True,
    ),
    Route("DELETE", "/v1/friends/{user_id}", friends.end, people=True),
    Route(
        "PATCH",
        "/v1/friends/{user_id}",
        friends.annotate,
        friends.Annotation,
        friends.FriendShown,
        refuses=(NotFound,),
        people=True,
    ),
)
"""In a separate file, like those of channels."""
