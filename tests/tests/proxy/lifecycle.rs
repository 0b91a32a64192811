//! Callers that leave, readers that stop, and the end of the program.

use std::time::{Duration, Instant};

use tests::fake_upstream::Scenario;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use triage_core::wire::{ProxyCode, ReplyStream, StreamError};

use crate::harness::{Bench, PATIENCE, ask, bench, bench_with, eventually};

/// A connection on which a request was sent and nothing was read.
async fn connection(bench: &Bench, body: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    // A small window, so that a reader who stops is felt soon.
    socket.set_recv_buffer_size(8192).expect("a size");
    let mut stream = socket.connect(bench.address).await.expect("a connection");
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        bench.address,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_upstream_call() {
    let bench = bench().await;
    for (hang_ups, scenario) in [Scenario::SlowDrip, Scenario::Silence, Scenario::Hang]
        .into_iter()
        .enumerate()
    {
        bench.fake.set(scenario);
        let mut stream = connection(&bench, &ask().to_string()).await;
        eventually("the request arrives", || {
            bench.fake.received().len() == hang_ups + 1
        })
        .await;
        if scenario != Scenario::Hang {
            let mut buffer = [0; 64];
            stream.read_exact(&mut buffer).await.expect("the head");
        }
        drop(stream);
        let left = Instant::now();
        eventually("the model's server notices", || {
            bench.fake.hang_ups() == hang_ups + 1
        })
        .await;
        // A second is the promise; the rest is for a busy machine.
        assert!(
            left.elapsed() < Duration::from_secs(5),
            "{scenario:?}: {:?}",
            left.elapsed()
        );
    }
    eventually("the log says so", || {
        bench.log_text().matches("end=client_left").count() == 3
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_stops_costs_little() {
    let bench = bench_with(&[], |config| {
        config.timeouts.write_stall = Duration::from_secs(1);
    })
    .await;
    bench.fake.set(Scenario::Endless);
    let streams = [
        connection(&bench, &ask().to_string()).await,
        connection(&bench, &ask().to_string()).await,
    ];
    eventually("both are let go", || bench.fake.hang_ups() == 2).await;
    // What was sent sits in socket buffers, not in the proxy, which stopped reading.
    let sent = bench.fake.sent();
    assert!(
        sent < 2 * 16 * 1024 * 1024,
        "{sent} bytes for two readers that read nothing"
    );
    drop(streams);
    eventually("the log says why", || {
        bench.log_text().matches("end=client_left").count() == 2
    })
    .await;
    assert!(
        !bench.log_text().contains("proxy_upstream_bad_stream"),
        "the size of the stream was not what ended it"
    );
}

#[tokio::test]
async fn requests_under_way_may_finish() {
    let mut bench = bench_with(&[], |config| config.timeouts.stop = PATIENCE).await;
    bench.fake.set(Scenario::Slow);
    bench
        .fake
        .set_text("some words that take a while ".repeat(6));
    let answer = bench.post(&ask()).await;
    bench
        .stop
        .take()
        .expect("still running")
        .send(())
        .expect("listening");
    let text = answer.text().await.expect("a whole body");
    assert!(text.contains("event: message_stop"));
    tokio::time::timeout(PATIENCE, &mut bench.task)
        .await
        .expect("it stops")
        .expect("in good order");
    assert!(TcpStream::connect(bench.address).await.is_err());
}

#[tokio::test]
async fn what_takes_too_long_is_told_so() {
    let mut bench = bench_with(&[], |config| {
        config.timeouts.stop = Duration::from_millis(300);
    })
    .await;
    bench.fake.set(Scenario::SlowDrip);
    let mut answer = bench.post(&ask()).await;
    bench
        .stop
        .take()
        .expect("still running")
        .send(())
        .expect("listening");
    let mut stream = ReplyStream::new();
    while let Some(bytes) = answer.chunk().await.expect("bytes") {
        if stream.push(&bytes).is_err() {
            break;
        }
    }
    let end = stream.finish();
    assert!(
        matches!(
            end,
            Err(StreamError::Upstream {
                code: Some(ProxyCode::ShuttingDown),
                ..
            })
        ),
        "{end:?}"
    );
    tokio::time::timeout(PATIENCE, &mut bench.task)
        .await
        .expect("it stops")
        .expect("in good order");
    eventually("the upstream call ends", || bench.fake.hang_ups() == 1).await;
}

#[tokio::test]
async fn no_new_request_on_the_way_out() {
    let mut bench = bench_with(&[("SOC_MAX_CONCURRENT", "2")], |_| {}).await;
    bench.fake.set(Scenario::SlowDrip);
    let running = bench.post(&ask()).await;
    // Opened before, used after.
    let mut late = TcpStream::connect(bench.address)
        .await
        .expect("a connection");
    let body = ask().to_string();
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n",
        bench.address
    );
    late.write_all(head.as_bytes()).await.expect("sent");
    tokio::time::sleep(Duration::from_millis(100)).await;
    bench
        .stop
        .take()
        .expect("still running")
        .send(())
        .expect("listening");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let rest = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let _ = late.write_all(rest.as_bytes()).await;
    let answer = crate::harness::read_all(&mut late).await;
    // Either is fine: turned away, or the connection was closed before the request was read.
    assert!(
        answer.is_empty() || answer.contains("proxy_shutting_down"),
        "{answer}"
    );
    assert_eq!(bench.fake.received().len(), 1);
    drop(running);
}
