"""A broker of a few lines on uWebSockets: a client says its topic, and gets what is posted to /pub/TOPIC."""

import sys

from socketify import App, AppListenOptions, OpCode


def subscribe(socket, message, opcode):
    socket.subscribe(message)
    socket.send("subscribed", OpCode.TEXT)


def publish(response, request):
    topic = request.get_parameter(0)

    def received(response, chunk, is_end, *_):
        app.publish(topic, chunk, OpCode.TEXT)
        if is_end:
            response.end("ok")

    response.on_data(received)


app = App()
app.ws("/*", {
    "message": subscribe, "max_backpressure": 64 << 20, "idle_timeout": 960, "compression": 0})
app.post("/pub/:topic", publish)
app.listen(AppListenOptions(port=int(sys.argv[1]), host="127.0.0.1"))
app.run()
