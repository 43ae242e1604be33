"""The picture and the runner: how the nodes are joined, started, told and rebuilt."""

from typing import TYPE_CHECKING, Any, cast

from agent.triage.nodes import Nodes
from agent.triage.state import State, thread_of

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

#: Where LangGraph says that a thread waits.
INTERRUPTED = "__interrupt__"


def build(nodes: Nodes, saver: "BaseCheckpointSaver[str] | None") -> "CompiledStateGraph[Any, Any, Any, Any]":
    """Join the steps; without a saver it is what `langgraph.json` shows to the ecosystem's tools."""
    from langgraph.graph import END, START, StateGraph

    graph = StateGraph(State)
    for name in ("screen", "match", "assess", "decide", "draft", "review", "done"):
        graph.add_node(name, getattr(nodes, name))
    graph.add_edge(START, "screen")
    graph.add_conditional_edges("screen", _after_screen, {"match": "match", "dropped": END})
    graph.add_edge("match", "assess")
    graph.add_edge("assess", "decide")
    graph.add_edge("decide", "draft")
    graph.add_conditional_edges("draft", _after_draft, {"review": "review", "superseded": END})
    graph.add_conditional_edges("review", _after_review, {"again": "review", "done": "done"})
    graph.add_edge("done", END)
    return graph.compile(checkpointer=saver)


def _after_screen(state: State) -> str:
    return "dropped" if state["outcome"] in ("dropped", "superseded") else "match"


def _after_draft(state: State) -> str:
    return "superseded" if state["outcome"] == "superseded" else "review"


def _after_review(state: State) -> str:
    return "again" if state["outcome"] == "response" else "done"


class Journey:
    """Runs the graph, a thread per revision. The store decides; the graph is told."""

    def __init__(self, nodes: Nodes, saver: "BaseCheckpointSaver[str]") -> None:
        self.nodes = nodes
        self.graph = build(nodes, saver)
        self.saver = saver

    def travel(self, case: int, revision: int) -> None:
        """Take a revision as far as review; killed half-way, the next call begins at its top."""
        config, thread = _config(case, revision), thread_of(case, revision)
        if revision > 1:
            self.saver.delete_thread(thread_of(case, revision - 1))  # nobody can answer it any more
        if self.saver.get_tuple(config) is not None:
            if self.waits(case, revision):
                return
            self.saver.delete_thread(thread)  # it failed on its way
        try:
            ended = self._invoke(_start(case, revision), config)
        finally:
            self.nodes.notes.forget(case, revision)
        if INTERRUPTED not in ended:
            self.saver.delete_thread(thread)  # dropped or superseded: nothing to resume

    def tell(self, case: int, revision: int, answer: dict[str, object]) -> None:
        """Resume the review of a revision with what the store decided, then forget the thread.

        A thread that does not answer (lost, or its waiting node has another name after an
        upgrade) is rebuilt from the store first.
        """
        from langgraph.types import Command

        config = _config(case, revision)
        if not self.graph.get_state(config).interrupts:
            self.saver.delete_thread(thread_of(case, revision))
            self.graph.update_state(config, _start(case, revision), as_node="draft")
            self._invoke(None, config)
        waiting = self.graph.get_state(config).interrupts
        if waiting:
            self._invoke(Command(resume={waiting[0].id: [answer]}), config)
        self.saver.delete_thread(thread_of(case, revision))

    def waits(self, case: int, revision: int) -> bool:
        """Tell whether the thread of a revision waits at review."""
        return bool(self.graph.get_state(_config(case, revision)).interrupts)

    def _invoke(self, given: object, config: "RunnableConfig") -> dict[str, Any]:
        # One checkpoint, where it ends or waits: what must not be lost on the way is in the store.
        return cast(dict[str, Any], self.graph.invoke(cast(Any, given), config, durability="exit"))


def _start(case: int, revision: int) -> State:
    return {"case": case, "revision": revision, "outcome": ""}


def _config(case: int, revision: int) -> "RunnableConfig":
    return {"configurable": {"thread_id": thread_of(case, revision)}}
