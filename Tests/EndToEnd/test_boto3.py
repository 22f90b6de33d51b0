"""boto3, unmodified: PutEvents, TestEventPattern and the callback API, with and without signatures."""

import json

import botocore.exceptions
import pytest

from subscriber import Subscriber


def entry(detail, detail_type="Order Placed", source="com.example.orders", **more):
    return {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), **more}


@pytest.fixture(params=["open", "locked"])
def any_broker(request, broker, locked_broker):
    return broker if request.param == "open" else locked_broker


def test_an_event_reaches_the_subscriber_whose_pattern_matches(any_broker):
    with Subscriber(any_broker, {"detail": {"total": [{"numeric": [">", 100]}]}}) as subscriber:
        result = any_broker.boto3("events").put_events(
            Entries=[entry({"total": 99}), entry({"total": 250}, Resources=["arn:aws:x"], Time=1767323045)]
        )
        assert result["FailedEntryCount"] == 0
        event = subscriber.receive()
        assert event["id"] == result["Entries"][1]["EventId"]
        assert list(event) == [
            "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
        ]
        assert event["time"] == "2026-01-02T03:04:05Z"
        assert event["resources"] == ["arn:aws:x"]
        assert event["detail"] == {"total": 250}
        assert subscriber.drain() == []


def test_each_entry_has_its_own_result_in_order(broker):
    result = broker.boto3("events").put_events(
        Entries=[
            entry({}),
            {"Source": "s", "DetailType": "d", "Detail": "[1]"},
            {"DetailType": "d", "Detail": "{}"},
            entry({}, source="aws.ec2"),
            {"Source": "s", "DetailType": "d", "Detail": '{"a":'},
        ]
    )
    assert result["FailedEntryCount"] == 4
    assert "EventId" in result["Entries"][0]
    assert [e.get("ErrorCode") for e in result["Entries"][1:]] == [
        "MalformedDetail", "InvalidArgument", "NotAuthorizedForSourceException", "MalformedDetail",
    ]
    assert result["Entries"][2]["ErrorMessage"] == (
        "Parameter Source is not valid. Reason: Source is a required argument."
    )


def test_more_than_ten_entries_are_refused_whole(broker):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        broker.boto3("events").put_events(Entries=[entry({})] * 11)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert "Member must have length less than or equal to 10" in caught.value.response["Error"]["Message"]


ENVELOPE = {
    "id": "1", "account": "123456789012", "source": "s", "time": "2026-01-02T03:04:05Z", "region": "us-east-1",
    "detail-type": "d", "detail": {"a": 1},
}


def test_event_patterns_can_be_tried_without_publishing(any_broker):
    events = any_broker.boto3("events")

    def result(pattern, event=ENVELOPE):
        return events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))["Result"]

    assert result({"detail": {"a": [1]}}) is True
    assert result({"detail": {"a": ["1"]}}) is False


def test_an_invalid_pattern_gets_the_exception_of_aws(broker):
    events = broker.boto3("events")
    with pytest.raises(events.exceptions.InvalidEventPatternException) as caught:
        events.test_event_pattern(EventPattern='{"source":"x"}', Event=json.dumps(ENVELOPE))
    assert caught.value.response["Error"]["Message"] == (
        'Event pattern is not valid. Reason: "source" must be an object or an array\n'
        ' at [Source: (String)"{"source":"x"}"; line: 1, column: 12]'
    )
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        events.test_event_pattern(EventPattern='{"source":["x"]}', Event='{"source":"x"}')
    assert caught.value.response["Error"] == {
        "Code": "ValidationException", "Message": "Parameter Event is not valid.",
    }


def test_the_callback_api_sends_tells_and_disconnects(any_broker):
    callback = any_broker.boto3("apigatewaymanagementapi")
    with Subscriber(any_broker) as subscriber:
        connection = subscriber.connection_id()
        callback.post_to_connection(ConnectionId=connection, Data="hällo".encode())
        assert subscriber.receive_text() == "hällo"
        status = callback.get_connection(ConnectionId=connection)
        assert status["Identity"]["SourceIp"] == "127.0.0.1"
        assert status["Identity"]["UserAgent"].startswith("Python/")
        assert status["ConnectedAt"] <= status["LastActiveAt"]
        callback.delete_connection(ConnectionId=connection)
        with pytest.raises(Exception) as closed:
            subscriber.receive_text()
        assert closed.value.rcvd.code == 1000
        with pytest.raises(callback.exceptions.GoneException):
            callback.post_to_connection(ConnectionId=connection, Data=b"too late")
        with pytest.raises(callback.exceptions.GoneException):
            callback.get_connection(ConnectionId=connection)


def test_the_stage_may_be_missing_from_the_callback_url(broker):
    callback = broker.boto3("apigatewaymanagementapi", stage=None)
    with Subscriber(broker) as subscriber:
        callback.post_to_connection(ConnectionId=subscriber.connection_id(), Data=b"hi")
        assert subscriber.receive_text() == "hi"


def test_callback_errors_are_those_of_aws(broker):
    callback = broker.boto3("apigatewaymanagementapi")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        callback.post_to_connection(ConnectionId="nonsense", Data=b"x")
    assert caught.value.response["Error"] == {
        "Code": "BadRequestException", "Message": "Invalid connectionId: nonsense",
    }
    with Subscriber(broker) as subscriber:
        connection = subscriber.connection_id()
        with pytest.raises(callback.exceptions.PayloadTooLargeException):
            callback.post_to_connection(ConnectionId=connection, Data=b"x" * (128 * 1024 + 1))
        callback.post_to_connection(ConnectionId=connection, Data=b"y" * (128 * 1024))
        assert len(subscriber.receive_text()) == 128 * 1024
        elsewhere = broker.boto3("apigatewaymanagementapi", stage="elsewhere")
        with pytest.raises(elsewhere.exceptions.ForbiddenException):
            elsewhere.post_to_connection(ConnectionId=connection, Data=b"x")


def test_a_large_body_without_a_signature_is_refused_before_it_is_sent(locked_broker):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", locked_broker.port, timeout=60)
    connection.putrequest("POST", "/dev/events")
    connection.putheader("Content-Length", str(50 << 20))
    connection.endheaders()  # and no body
    answer = connection.getresponse()
    assert answer.status == 400
    assert answer.getheader("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    connection.close()


def test_a_large_signed_body_is_taken(locked_broker):
    result = locked_broker.boto3("events").put_events(Entries=[entry({"text": "x" * 500_000})])
    assert result["FailedEntryCount"] == 0


def test_a_wrong_secret_is_refused(locked_broker):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        locked_broker.boto3("events", secret="wrong").put_events(Entries=[entry({})])
    error = caught.value.response
    assert error["Error"]["Code"] == "InvalidSignatureException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    with Subscriber(locked_broker) as subscriber:
        callback = locked_broker.boto3("apigatewaymanagementapi", secret="wrong")
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            callback.delete_connection(ConnectionId=subscriber.connection_id())
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
