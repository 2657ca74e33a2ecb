//! A server of static files for this machine only.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result};

const USUAL_PORT: u16 = 8080;

/// Serves a folder until the program is ended. Without a port it takes 8080 or, where that is taken, any free one.
///
/// # Errors
/// When the port cannot be had.
pub(crate) fn serve(folder: &Path, port: Option<u16>) -> Result<()> {
    let listener = listen(port)?;
    println!("The demo is at http://localhost:{}/ (Ctrl+C ends it).", listener.local_addr()?.port());
    for stream in listener.incoming().flatten() {
        let folder = folder.to_owned();
        // A browser that goes away in the middle of an answer is no concern of the server.
        thread::spawn(move || answer(stream, &folder).ok());
    }
    Ok(())
}

fn listen(port: Option<u16>) -> Result<TcpListener> {
    let wanted = port.unwrap_or(USUAL_PORT);
    match TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse && port.is_none() => {
            Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?)
        }
        bound => bound.with_context(|| format!("Port {wanted} cannot be had")),
    }
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the head is read, so that closing the connection does not reset it.
    lines.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).for_each(drop);
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let file = file_of(folder, path);
    let body = file.as_ref().and_then(|file| fs::read(file).ok());
    let (status, kind, body) = match (method, file, body) {
        ("GET" | "HEAD", Some(file), Some(body)) => ("200 OK", mime_type(&file), body),
        ("GET" | "HEAD", ..) => ("404 Not Found", "text/plain", b"Not found.\n".to_vec()),
        _ => ("405 Method Not Allowed", "text/plain", b"Only GET and HEAD.\n".to_vec()),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-cache\r\n\
         Connection: close\r\n\r\n"
    )?;
    if method == "HEAD" { Ok(()) } else { stream.write_all(&body) }
}

/// The file that an address means, or none where it leads out of the folder.
fn file_of(folder: &Path, address: &str) -> Option<PathBuf> {
    let path = percent_decoded(address.split(['?', '#']).next()?)?;
    let mut file = folder.to_owned();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part.starts_with('.') || part.contains('\\') {
            return None;
        }
        file.push(part);
    }
    if file.is_dir() {
        file.push("index.html");
    }
    Some(file)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn mime_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "txt" | "md" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::path::Path;
    use std::thread;

    use super::{answer, file_of, mime_type};

    /// What the server answers to one request, with this crate's folder as the site.
    fn answer_to(request: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        let server = thread::spawn(|| answer(stream, Path::new(env!("CARGO_MANIFEST_DIR"))));
        write!(client, "{request}\r\nHost: localhost\r\n\r\n").unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        server.join().unwrap().unwrap();
        text
    }

    #[test]
    fn a_file_comes_whole_and_with_its_type() {
        let text = answer_to("GET /Cargo.toml?x HTTP/1.1");
        assert!(text.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"), "{text}");
        assert!(text.ends_with(include_str!("../Cargo.toml")), "{text}");
    }

    #[test]
    fn the_head_alone_comes_without_the_file() {
        assert!(answer_to("HEAD /Cargo.toml HTTP/1.1").ends_with("\r\n\r\n"));
    }

    #[test]
    fn other_requests_are_refused() {
        assert!(answer_to("GET /no-such-file HTTP/1.1").starts_with("HTTP/1.1 404 "));
        assert!(answer_to("POST /Cargo.toml HTTP/1.1").starts_with("HTTP/1.1 405 "));
        assert!(answer_to("").starts_with("HTTP/1.1 405 "));
    }

    #[test]
    fn an_address_means_a_file_of_the_site() {
        let site = Path::new("no-such-site");
        assert_eq!(file_of(site, "/a%20b/page.js?v=1"), Some(site.join("a b/page.js")));
        assert_eq!(file_of(site, "//models//"), Some(site.join("models")));
    }

    #[test]
    fn no_address_leads_out_of_the_site() {
        for address in ["/../secret", "/%2e%2e/secret", "/a/..%2f..%2fsecret", "/.git/config", "/a\\..\\b", "/%zz"] {
            assert_eq!(file_of(Path::new("site"), address), None, "{address}");
        }
    }

    #[test]
    fn browsers_get_the_types_they_insist_on() {
        assert_eq!(mime_type(Path::new("a_bg.wasm")), "application/wasm");
        assert_eq!(mime_type(Path::new("worker.js")), "text/javascript; charset=utf-8");
        assert_eq!(mime_type(Path::new("weights.safetensors")), "application/octet-stream");
    }
}
