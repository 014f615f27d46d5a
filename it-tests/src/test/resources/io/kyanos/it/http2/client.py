"""python client.py PORT: what client.js does, by httpx."""

import asyncio
import collections
import sys

import httpx


async def ask(client, line):
    first, count, kind = line.split()
    statuses = collections.Counter()
    at_once = asyncio.Semaphore(10)

    async def one(i):
        path = f"/users/{i}" if kind == "new" else ("/users", "/orders", "/nothing")[i % 3]
        async with at_once:
            if i % 4 == 3:
                response = await client.post(path, content=b"x" * 100)
            else:
                response = await client.get(path)
        statuses[response.status_code] += 1

    await asyncio.gather(*(one(i) for i in range(int(first), int(first) + int(count))))
    print("done", line, *(f"{status}={n}" for status, n in sorted(statuses.items())), flush=True)


async def main():
    # without HTTP/1 it takes HTTP/2 for granted; the connection is to stay
    async with httpx.AsyncClient(
        http1=False,
        http2=True,
        timeout=60,
        limits=httpx.Limits(keepalive_expiry=None),
        base_url=f"http://127.0.0.1:{sys.argv[1]}",
    ) as client:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            await ask(client, line.strip())


asyncio.run(main())
