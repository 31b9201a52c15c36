// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

//! Echo server on tokio's current-thread runtime: a task for each connection, and a timeout of 30 s
//! for each read and write.
//!
//! Its arguments are the descriptors of its connections, which it inherits. It prints "ready"
//! before it reads from them. It ends with a message if one of them fails.

use std::error::Error;
use std::io;
use std::os::unix::io::FromRawFd;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(30);

fn inherited(argument: &str) -> Result<TcpStream, Box<dyn Error>> {
    let descriptor = argument.parse()?;
    // Safe if the program that starts this one keeps to the above.
    let connection = unsafe { std::net::TcpStream::from_raw_fd(descriptor) };
    connection.set_nonblocking(true)?;
    Ok(TcpStream::from_std(connection)?)
}

async fn echo(mut connection: TcpStream) -> io::Error {
    let mut memory = [0; 1024];
    loop {
        let size = match timeout(LIMIT, connection.read(&mut memory)).await {
            Ok(Ok(0)) => return io::ErrorKind::UnexpectedEof.into(),
            Ok(Ok(size)) => size,
            Ok(Err(failure)) => return failure,
            Err(elapsed) => return elapsed.into(),
        };
        match timeout(LIMIT, connection.write_all(&memory[..size])).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => return failure,
            Err(elapsed) => return elapsed.into(),
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let connections = std::env::args()
        .skip(1)
        .map(|argument| inherited(&argument))
        .collect::<Result<Vec<_>, _>>()?;
    println!("ready");
    let (failed, mut failures) = mpsc::unbounded_channel();
    for connection in connections {
        let failed = failed.clone();
        tokio::spawn(async move {
            let _ = failed.send(echo(connection).await);
        });
    }
    match failures.recv().await {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(serve())
}
