"""A TCP proxy that breaks its connections: after a random number of bytes, wherever that is, and all of them at once."""

import asyncio
import contextlib
import random
import threading


class Breaker:
    def __init__(self, port, to, seed):
        self.port, self.cuts = port, 0
        self._to, self._random = to, random.Random(seed)
        self._is_calm = False
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_):
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def restart(self, seconds):
        """Nobody listens for a while, and nobody is left."""
        self._run(self._stop())
        threading.Event().wait(seconds)
        self._run(self._listen())

    def calm_down(self):
        """Breaks no more."""
        self._is_calm = True

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _stop(self):
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self.cuts += len(self._writers) // 2

    def _allowance(self):
        """How many bytes a connection may bring: one in six is broken in the handshake or the acknowledgement."""
        return self._random.randint(0, 400) if self._random.random() < 1 / 6 else self._random.randint(400, 12_000)

    async def _serve(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            return writer.transport.abort()
        ends = {writer, far_writer}
        self._writers |= ends
        try:
            up = asyncio.create_task(self._pump(reader, far_writer, None))
            down = asyncio.create_task(self._pump(far_reader, writer, self._allowance()))
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            up.cancel(), down.cancel()
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pump(self, reader, writer, allowance):
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if allowance is not None and not self._is_calm:
                    if len(data) > allowance:
                        writer.write(data[:allowance])
                        await writer.drain()
                        self.cuts += 1
                        return
                    allowance -= len(data)
                writer.write(data)
                await writer.drain()
