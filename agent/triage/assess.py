"""Assess: what the engine reads in the report, and what the records add to it."""

from dataclasses import replace

from agent.domain.assessments import Assessment, Factor, FactorKind, Matched
from agent.domain.reports import Report
from agent.policy.customers import key_customer
from agent.ports import Engine
from agent.settings import Team


def assess(report: Report, matched: Matched, engine: Engine, team: Team) -> Assessment:
    """Return the engine's reading without what was asked before; who is a key customer is a record's to say (T25)."""
    read = engine.assess(report, matched)
    assessment = replace(read, missing=tuple(each for each in read.missing if each not in report.asked))
    customer = key_customer(report.author, report.source, team.key_customers)
    if customer is None:
        return assessment
    record = Factor(kind=FactorKind.KEY_CUSTOMER, record=f"{customer.name} is in team.yaml")
    return replace(assessment, factors=(*assessment.factors, record))
