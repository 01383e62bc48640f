"""One endpoint's wire: streaming chat completions, through the `openai` library.

It takes about a second to import: only `completions` does, in a thread, when it is needed. It must
never let an exception of the library out, nor a key.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from ipaddress import ip_address
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from tek_gateway.config_file import Endpoint
from tek_gateway.errors import ModelError
from tek_gateway.models import failures
from tek_gateway.models.context_window import Said
from tek_gateway.models.protocols import Piece, ReasoningPiece
from tek_protocol.chat import Usage

R = TypeVar("R")

_REASONING = ("reasoning_content", "reasoning")
"""What endpoints call it: llama.cpp, vLLM and DeepSeek the first, Ollama and others the second."""

_MALFORMED = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What the library and `_read` stumble over in a chunk that is none."""

_END = object()

# They name every request, and at their lowest level what is in it.
for _name in ("openai", "httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


Body: TypeAlias = Mapping[str, object]


class Wire:
    """Connections to `endpoint`; `key` is sent there and nowhere else."""

    def __init__(self, endpoint: Endpoint, model: str, key: str) -> None:
        url = urlsplit(endpoint.base_url)
        self._at = url.netloc
        self._model = model
        self._secret = key if endpoint.key is not None else ""
        self._limits = endpoint.timeouts
        limits = openai.Timeout(
            connect=endpoint.timeouts.connect,
            read=endpoint.timeouts.first + endpoint.timeouts.between,  # ours are shorter
            write=endpoint.timeouts.first,
            pool=endpoint.timeouts.first,
        )
        self._client = openai.AsyncOpenAI(
            api_key=key,
            base_url=endpoint.base_url,
            timeout=limits,
            max_retries=0,
            # A proxy has no way to this machine.
            http_client=openai.DefaultAsyncHttpxClient(
                timeout=limits, trust_env=not _is_here(url.hostname or "")
            ),
        )
        _ = self._client.chat.completions  # imported here, in the thread, and not in the loop

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def pieces(self, messages: Sequence[Said], body: Body) -> AsyncGenerator[Piece]:
        """Ask once, and return the pieces of the answer; raises `ModelError`, or `Passing`."""
        clock = asyncio.get_running_loop().time
        limit, what = self._limits.first, "to begin"
        deadline = clock() + limit
        is_whole = False
        try:
            async with asyncio.timeout_at(deadline):
                stream = await self._client.chat.completions.create(
                    model=self._model,
                    messages=[_as_theirs(each) for each in messages],
                    stream=True,
                    extra_body=body,
                    extra_headers=_NOBODYS if not _is_openai(self._at) else None,
                )
            async with stream:
                while (chunk := await _by(deadline, anext(stream, _END))) is not _END:
                    pieces, is_last = _read(chunk)
                    is_whole = is_whole or is_last
                    for piece in pieces:
                        yield piece
                    if pieces:  # a comment or an empty piece is no sign of life
                        limit, what = self._limits.between, "from token to token"
                        deadline = clock() + limit
        except (TimeoutError, openai.OpenAIError, OSError, *_MALFORMED) as error:
            if not is_whole:
                raise self._failure(error, limit, what) from error
        if not is_whole:
            raise failures.cut(self._at)

    def _failure(self, error: Exception, limit: float, what: str) -> ModelError:
        match error:
            case openai.APIStatusError():
                said = failures.quoted(_message(error.body), self._secret)
                after = _seconds(error.response.headers.get("retry-after"))
                return failures.by_status(error.status_code, self._at, self._model, said, after)
            case openai.APITimeoutError():
                return failures.too_slow(self._at, self._limits.connect, "to connect")
            case openai.APIConnectionError() | ConnectionError():
                is_begun = what != "to begin"
                return failures.cut(self._at) if is_begun else failures.unreachable(self._at)
            case TimeoutError():
                return failures.too_slow(self._at, limit, what)
            case openai.APIError():
                said = failures.quoted(error.message, self._secret)
                return failures.broken(self._at, said)
            case _:
                return failures.broken(self._at)


_NOBODYS: Mapping[str, str | openai.Omit] = {
    "OpenAI-Organization": openai.omit,
    "OpenAI-Project": openai.omit,
}
"""Headers that the library takes from the environment: they are not every endpoint's business."""


async def _by(deadline: float, step: Awaitable[R]) -> R:
    async with asyncio.timeout_at(deadline):
        return await step


def _read(chunk: object) -> tuple[list[Piece], bool]:
    """Return what a chunk says, and whether the answer's text ends with it.

    The library does not check what it gets: any of it may be of any type.
    """
    if not isinstance(chunk, ChatCompletionChunk):
        raise TypeError
    pieces: list[Piece] = []
    is_last = False
    for choice in chunk.choices or []:
        delta = choice.delta
        thought = next(filter(None, (getattr(delta, name, None) for name in _REASONING)), "")
        text = delta.content or delta.refusal or ""
        pieces += [ReasoningPiece(_text(thought))] if thought else []
        pieces += [_text(text)] if text else []
        is_last = is_last or choice.finish_reason is not None
    if chunk.usage is not None:
        used = chunk.usage
        read, written = _count(used.prompt_tokens), _count(used.completion_tokens)
        pieces.append(Usage(read, written, _count(used.total_tokens)))
    return pieces, is_last


def _as_theirs(said: Said) -> ChatCompletionMessageParam:
    if said.role == "user":
        return {"role": "user", "content": said.content}
    return {"role": "assistant", "content": said.content}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError
    return value


def _message(body: object) -> str:
    """Return what a body says for people: `message`, where there is one."""
    if isinstance(body, Mapping):
        found: object = body.get("message")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - it is anything
        return found if isinstance(found, str) else ""
    return ""


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header or "")
    except ValueError:  # a date, which hardly anybody sends
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_openai(host: str) -> bool:
    return host == "api.openai.com"
