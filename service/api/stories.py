"""Stories: an article with those verified against it."""

from __future__ import annotations

from flask import Blueprint, Response

from dedup.deduplicator import Deduplicator
from dedup.errors import UnknownStoryError
from service.api.http import reply
from service.api.operations import OF_STORE, Operation, Parameter, describes


def routes(deduplicator: Deduplicator) -> Blueprint:
    """The route under /v1/stories."""
    blueprint = Blueprint("stories", __name__)

    @blueprint.get("/v1/stories/<id:article_id>")
    @describes(
        Operation(
            summary="Read the story that an article stands in",
            description="The lead, the members in order of publication, and the independent publishers. Every article is in a "
            "story, be it alone. Percent-encode the id where it holds `?`, `#` or `%`.",
            tag="articles",
            scope="read",
            parameters=(Parameter("id", "path", "The id of the story, or of any article in it.", {"type": "string"}, "aqaba-1"),),
            reply="StoryOut",
            reply_description="The story as it is now.",
            problems=(*OF_STORE, "story_not_found"),
        )
    )
    def read(article_id: str) -> Response:
        story = deduplicator.story(article_id)
        if story is None:
            raise UnknownStoryError(article_id)
        return reply(story.as_dict())

    return blueprint
