"""Who takes part in which thread, as predicates and as conditions of queries.

Sources: the coordinator's task sheet (support for users; contacting authorities and coordinators abroad); the guide for
the first user (what a local data administrator and a data administrator are for). Threads hold no case content, so the
administrators of an authority, who see to it that everybody has colleagues, may read and answer what came to it.
"""

from __future__ import annotations

from django.db.models import Q

from imi.accounts.models import RoleGrant
from imi.accounts.queries import Standing
from imi.helpdesk.models import Answer, Post, Thread

Side = Post.Side
Role = RoleGrant.Role
ROLES = frozenset({Role.HANDLER.value, Role.APPROVER.value, Role.DATA_ADMINISTRATOR.value})
"""Roles in a policy area with which one answers for the own authority there."""


def areas(who: Standing) -> list[str]:
    """The policy areas in which somebody answers for the own authority."""
    return sorted(area for area, roles in who.roles.items() if roles & ROLES)


def answers_in_general(who: Standing) -> bool:
    """Whether somebody answers what belongs to no policy area: a data administrator of any, or a local one."""
    return who.administrator or bool(who.areas_with(Role.DATA_ADMINISTRATOR.value))


def answers(who: Standing, area: str | None) -> bool:
    """Whether somebody answers for the own authority in an area, or (None) in general."""
    if area is None:
        return answers_in_general(who)
    return who.administrator or bool(who.roles_in(area) & ROLES)


def side_of(who: Standing, thread: Thread) -> Side | None:
    """The side of a thread that somebody stands on; None for those who have no part in it."""
    if thread.answering_id == who.authority_id and answers(who, thread.area_id):
        return Side.ANSWERING
    if thread.asking_id != who.authority_id:
        return None
    own = thread.asked_by_id == who.user_id and (bool(who.roles) or who.administrator)
    if thread.sort == Thread.Sort.QUESTION:
        return Side.ASKING if own or who.administrator else None
    return Side.ASKING if answers(who, thread.area_id) else None


# --- the same as conditions: a test compares them with side_of -------------------------------------------------------


def within(own_areas: list[str], *, administrator: bool, general: bool) -> Q:
    """What lies in the areas in which somebody answers; for a local data administrator everything."""
    if administrator:
        return Q()
    found = Q(area__in=own_areas)
    return found | Q(area__isnull=True) if general else found


def _in_own_areas(who: Standing) -> Q:
    return within(areas(who), administrator=who.administrator, general=answers_in_general(who))


def at_desk(who: Standing) -> Q:
    """The questions that somebody answers for the own authority."""
    return Q(sort=Thread.Sort.QUESTION, answering=who.authority_id) & _in_own_areas(who)


def asked(who: Standing) -> Q:
    """The questions that somebody has asked; for a local data administrator all of the own authority."""
    found = Q(sort=Thread.Sort.QUESTION, asking=who.authority_id)
    if who.administrator:
        return found
    return found & Q(asked_by=who.user_id) if who.roles else Q(pk__in=[])


def messages(who: Standing) -> Q:
    """The messages of coordinators from and to the own authority."""
    own = Q(asking=who.authority_id) | Q(answering=who.authority_id)
    return Q(sort=Thread.Sort.MESSAGE) & own & _in_own_areas(who)


def may_publish(who: Standing, coordinator: str, area: str | None) -> bool:
    """Whether somebody publishes, changes and removes frequent answers of a coordinator."""
    return who.authority_id == coordinator and answers(who, area)


def may_change(who: Standing, answer: Answer) -> bool:
    """Whether somebody changes and removes this frequent answer."""
    return may_publish(who, answer.coordinator_id, answer.area_id)
