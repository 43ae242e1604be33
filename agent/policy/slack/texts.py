"""Slack's markup as the words that a person sees. Nothing is followed or opened; files are listed.

Written for the Events API: `text` holds entities (`&lt;`) and commands in angle brackets, machines say what
they say in `attachments` and `blocks`.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: A command in angle brackets; what it holds is escaped, so no other bracket is inside.
_COMMAND = re.compile(r"<([^<>\n]{1,4000})>")
_GROUP = re.compile(r"<!subteam\^([A-Z0-9-]{2,40})(?:\|[^<>\n]{0,200})?>")
_USER = re.compile(r"<@([A-Z0-9-]{2,40})(?:\|[^<>\n]{0,200})?>")
#: Attachments are nested at the most once; blocks (lists in quotes in rich text) deeper.
_DEPTH = 12
ATTACHED = "Attached, not read:"


def groups_called(text: str) -> frozenset[str]:
    """Return the ids of the user groups that a text mentions."""
    return frozenset(_GROUP.findall(text))


def users_called(text: str) -> frozenset[str]:
    """Return the ids of the people and apps that a text mentions."""
    return frozenset(_USER.findall(text))


def plain(text: str, names: Mapping[str, str]) -> str:
    """Return the text as it is read; `names` gives people by their id."""
    return html.unescape(_COMMAND.sub(lambda found: _command(found[1], names), text))


def _command(inside: str, names: Mapping[str, str]) -> str:
    target, bar, label = inside.partition("|")
    if target[:1] == "@":
        return f"@{label or names.get(target[1:], target[1:])}"
    if target[:1] == "#":
        return f"#{label or target[1:]}"
    if target[:1] == "!":
        return _special(target[1:], label)
    return f"{label} ({target})" if bar and label not in ("", target, target.partition(":")[2]) else target


def _special(target: str, label: str) -> str:
    """Read `<!here>`, `<!subteam^S1|@core>`, `<!date^…|20 Nov>`."""
    kind, _, rest = target.partition("^")
    if kind == "date":
        return label
    shown = label.removeprefix("@") or (rest.partition("^")[0] if kind == "subteam" else kind)
    return f"@{shown}"


def words(payload: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return all that a message says: its text, or what a machine put into its place, and its files by name."""
    said = plain(str(payload.get("text") or ""), names).strip()
    extra = "\n".join(_of_attachments(payload, names, said))
    if not said:
        said = "\n".join(_of_blocks(payload.get("blocks"), names)).strip()
    whole = "\n\n".join(part for part in (said, extra.strip(), _files(payload)) if part)
    return whole.encode("utf-8", "replace").decode()  # half a character is none, and no store keeps it


def _of_attachments(payload: Mapping[str, Any], names: Mapping[str, str], said: str) -> Iterator[str]:
    """Yield what machines attach; a preview of a link or of another message is not the writer's words."""
    for each in payload.get("attachments") or ():
        if any(each.get(key) for key in ("from_url", "original_url", "is_msg_unfurl", "is_share")):
            continue
        parts = [plain(str(each.get(key) or ""), names) for key in ("pretext", "title", "text")]
        parts += [_field(field, names) for field in each.get("fields") or ()]
        parts += _of_blocks(each.get("blocks"), names)
        told = [part for part in parts if part.strip() and part.strip() != said]
        yield from told or filter(None, [plain(str(each.get("fallback") or ""), names)])


def _field(field: Mapping[str, Any], names: Mapping[str, str]) -> str:
    parts = (plain(str(field.get(key) or ""), names) for key in ("title", "value"))
    return ": ".join(filter(None, parts))


def _of_blocks(blocks: object, names: Mapping[str, str]) -> list[str]:
    found = [_block(each, names, 0) for each in blocks or ()] if isinstance(blocks, Sequence) else []
    return [each for each in found if each.strip()]


def _block(node: object, names: Mapping[str, str], depth: int) -> str:
    """Return the text of a block or of an element within one."""
    if depth > _DEPTH or not isinstance(node, Mapping):
        return ""
    kind, text = node.get("type"), node.get("text")
    if kind == "user":
        return f"@{names.get(str(node.get('user_id')), str(node.get('user_id')))}"
    if kind == "emoji":
        return f":{node.get('name')}:"
    if kind == "link":
        return str(text or node.get("url") or "")
    if isinstance(text, str):
        return plain(text, names) if kind == "mrkdwn" else text
    inner = (
        [text] if isinstance(text, Mapping) else [*(node.get("fields") or ()), *(node.get("elements") or ())]
    )
    joint = "" if kind in ("rich_text_section", "rich_text_preformatted", "rich_text_quote") else "\n"
    return joint.join(filter(None, (_block(each, names, depth + 1) for each in inner)))


def _files(payload: Mapping[str, Any]) -> str:
    """List the files of a message: name, kind, size and where they are; their content stays there."""
    lines = [_file(each) for each in payload.get("files") or () if isinstance(each, Mapping)]
    return "\n".join([ATTACHED, *lines]) if lines else ""


def _file(file: Mapping[str, Any]) -> str:
    if file.get("mode") in ("tombstone", "hidden_by_limit"):
        return "- a file that is no longer there"
    facts = [str(file.get("mimetype") or file.get("filetype") or "of unknown kind")]
    if isinstance(file.get("size"), int):
        facts.append(_size(file["size"]))
    where = str(file.get("permalink") or "")
    return f"- {file.get('name') or file.get('title') or 'unnamed'} ({', '.join(facts)}) {where}".rstrip()


def _size(octets: int) -> str:
    for unit, step in (("MB", 1024 * 1024), ("KB", 1024)):
        if octets >= step:
            return f"{octets / step:.0f} {unit}"
    return f"{octets} bytes"
