"""What the team gives to every call: its product, its rubric, its tone, and what no call may hold. All of it is `config/`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.domain.assessments import FactorKind
from agent.engines.claude.answers import FINDABLE
from agent.policy.plans import PrivateNames
from agent.policy.routing import Area

if TYPE_CHECKING:
    from agent.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Guidance:
    """The team's own, as the prompts take it."""

    product: str
    tone: str
    areas: tuple[Area, ...]
    findings: Mapping[FactorKind, str]  #: each kind in the team's words
    private: PrivateNames
    duplicate_share: float
    max_searches: int

    def rubric(self) -> tuple[dict[str, str], ...]:
        """Return what may be found in a text, by kind and in the team's words, in a fixed order."""
        return tuple(
            {"kind": kind.value, "meaning": self.findings[kind]} for kind in FINDABLE if kind in self.findings
        )

    def parts(self) -> tuple[dict[str, str], ...]:
        """Return the parts of the product, by id and name, in the team's order."""
        return tuple({"id": area.id, "name": area.name} for area in self.areas)


def guidance_of(settings: Settings) -> Guidance:
    """Return what the team's settings give to every call."""
    return Guidance(
        product=settings.team.product,
        tone=settings.team.tone,
        areas=settings.areas,
        findings={kind: weight.finding for kind, weight in settings.rubric.weights.items()},
        private=settings.private,
        duplicate_share=settings.duplicate_share,
        max_searches=settings.models.max_searches,
    )
