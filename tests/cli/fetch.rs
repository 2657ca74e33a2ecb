//! `maskrcnn fetch`, from a server on this machine.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use maskrcnn_web::weights::{ModelFolder, Precision, WeightsFile, WeightsOptions, convert};
use serde_json::Value;

use crate::{WEIGHTS, fails, folder, json, path, stderr, succeeds};

/// How the server treats a request.
#[derive(Clone, Copy, PartialEq)]
enum Manners {
    /// Sends what is asked for, parts too.
    Ranges,
    /// Sends the whole file, whatever is asked for.
    Whole,
    /// Says how long the file is, and closes the connection after this number of bytes.
    Ends(usize),
    /// Says how long the file is, and falls silent after this number of bytes.
    FallsSilent(usize),
    /// Accepts connections and never answers.
    Silent,
    /// Has no such file.
    Missing,
}

/// A server with one file, under any name.
struct Server {
    port: u16,
    /// The head of each request.
    requests: Arc<Mutex<Vec<String>>>,
    manners: Arc<Mutex<Manners>>,
}

impl Server {
    fn start(manners: Manners, file: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, manners) = (Arc::new(Mutex::new(vec![])), Arc::new(Mutex::new(manners)));
        let (seen, how) = (requests.clone(), manners.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, how, file) = (seen.clone(), *how.lock().unwrap(), file.clone());
                thread::spawn(move || drop(answer(stream.unwrap(), how, &file, &seen)));
            }
        });
        Self { port, requests, manners }
    }

    fn url(&self, file: &str) -> String {
        format!("http://127.0.0.1:{}/{file}", self.port)
    }

    fn behave(&self, manners: Manners) {
        *self.manners.lock().unwrap() = manners;
    }

    fn last_request(&self) -> String {
        self.requests.lock().unwrap().last().unwrap().to_lowercase()
    }
}

fn answer(mut stream: TcpStream, how: Manners, file: &[u8], seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    let start = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": bytes=")?;
        name.eq_ignore_ascii_case("range").then(|| value.trim_end_matches('-').parse::<usize>().unwrap())
    });
    seen.lock().unwrap().push(head);
    let length = file.len();
    let tag = "ETag: \"v1\"\r\nConnection: close";
    let whole = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{tag}\r\n\r\n");
    match (how, start) {
        (Manners::Silent, _) => thread::sleep(Duration::from_secs(60)),
        (Manners::Missing, _) => write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n{tag}\r\n\r\n")?,
        (Manners::Ranges, Some(start)) if start >= length => {
            let range = format!("Content-Range: bytes */{length}");
            write!(stream, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n{range}\r\n{tag}\r\n\r\n")?;
        }
        (Manners::Ranges, Some(start)) => {
            let (rest, last) = (length - start, length - 1);
            let range = format!("Content-Length: {rest}\r\nContent-Range: bytes {start}-{last}/{length}");
            write!(stream, "HTTP/1.1 206 Partial Content\r\n{range}\r\n{tag}\r\n\r\n")?;
            stream.write_all(&file[start..])?;
        }
        (Manners::Ranges | Manners::Whole, _) => {
            stream.write_all(whole.as_bytes())?;
            stream.write_all(file)?;
        }
        (Manners::Ends(count) | Manners::FallsSilent(count), _) => {
            stream.write_all(whole.as_bytes())?;
            stream.write_all(&file[..count])?;
            if let Manners::FallsSilent(_) = how {
                thread::sleep(Duration::from_secs(60));
            }
        }
    }
    Ok(())
}

/// `maskrcnn fetch`, with no proxy from outside.
fn fetch(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maskrcnn"));
    for proxy in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
        command.env_remove(proxy).env_remove(proxy.to_lowercase());
    }
    command.envs(environment.iter().copied()).arg("fetch").args(arguments).output().unwrap()
}

/// A checkpoint in the format that torchvision publishes, and a name for it with its hash in it.
fn checkpoint() -> (Vec<u8>, String) {
    let bytes = fs::read("tests/reference/micro_legacy.pth").unwrap();
    let hash = WeightsFile::of("micro", &bytes).sha256;
    (bytes, format!("micro-{}.pth", &hash[..8]))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn out(name: &str) -> PathBuf {
    folder(name).join("model")
}

const MODEL: [&str; 2] = ["manifest.json", "model.safetensors"];

#[test]
fn a_checkpoint_becomes_a_models_folder() {
    let (bytes, file) = checkpoint();
    let server = Server::start(Manners::Ranges, bytes.clone());
    let out = out("fetched");
    let output = fetch(&["--from", &server.url(&file), "--out", path(&out)], &[]);
    succeeds(&output);
    assert_eq!(names(&out), MODEL);
    // The same as `convert` makes of it, in half precision.
    let expected = convert(bytes.clone(), Precision::F16, "model", None, &WeightsOptions::default()).unwrap();
    let model = ModelFolder::open(&out).unwrap();
    assert_eq!(model.weights().unwrap(), expected.weights);
    assert_eq!(model.manifest.weights, expected.manifest.weights);
    assert!(model.manifest.source.contains(&server.url(&file)), "{}", model.manifest.source);

    let again = fetch(&["--from", &server.url(&file), "--out", path(&out)], &[]);
    fails(&again, "invalid-input");
    let kept = folder("kept").join("model");
    let options = ["--from", &server.url(&file), "--out", path(&kept), "--keep", "--precision", "f32"];
    succeeds(&fetch(&options, &[]));
    assert_eq!(names(&kept), [MODEL[0], &file, MODEL[1]]);
    assert_eq!(fs::read(kept.join(&file)).unwrap(), bytes);
    assert_eq!(json(&kept.join("manifest.json"))["precision"], "f32");
}

#[test]
fn a_network_of_91_classes_gets_cocos_labels() {
    let bytes = fs::read(WEIGHTS).unwrap();
    let hash = WeightsFile::of("", &bytes).sha256;
    let server = Server::start(Manners::Ranges, bytes);
    let out = out("labels");
    let (url, hash) = (server.url("tiny.safetensors?download=true"), hash.to_uppercase());
    succeeds(&fetch(&["--from", &url, "--out", path(&out), "--sha256", &hash], &[]));
    let labels: Vec<Value> = json(&out.join("manifest.json"))["labels"].as_array().unwrap().clone();
    let named = labels.iter().filter(|label| **label != "N/A" && **label != "background").count();
    assert_eq!((labels.len(), named), (91, 80));
    assert_eq!(labels[1], "person");
}

#[test]
fn a_download_that_ended_early_is_resumed() {
    let (bytes, file) = checkpoint();
    let length = bytes.len();
    let server = Server::start(Manners::Ends(30_000), bytes.clone());
    let out = out("resumed");
    let url = server.url(&file);
    let run = || fetch(&["--from", &url, "--out", path(&out)], &[]);
    let output = run();
    fails(&output, "io");
    assert!(stderr(&output).contains(&url) && stderr(&output).contains("resume"), "{}", stderr(&output));
    assert!(!server.last_request().contains("range:"), "{}", server.last_request());
    let part = out.join(format!("{file}.part"));
    assert_eq!(fs::metadata(&part).unwrap().len(), 30_000);
    server.behave(Manners::Ranges);
    succeeds(&run());
    let request = server.last_request();
    assert!(
        request.contains("\r\nrange: bytes=30000-\r\n") && request.contains("\r\nif-range: \"v1\"\r\n"),
        "{request}"
    );
    assert_eq!(names(&out), MODEL);

    // A server that knows no ranges sends all of it, and one whose file is shorter than the part is asked again.
    for (manners, there) in [(Manners::Whole, 30_000), (Manners::Ranges, length + 9)] {
        fs::remove_file(out.join("manifest.json")).unwrap();
        fs::write(&part, vec![7; there]).unwrap();
        server.behave(manners);
        succeeds(&run());
        assert_eq!(names(&out), MODEL);
    }
    // All of it was there.
    fs::remove_file(out.join("manifest.json")).unwrap();
    fs::write(&part, &bytes).unwrap();
    server.behave(Manners::Missing);
    succeeds(&run());
}

#[test]
fn another_hash_is_an_error_and_leaves_nothing() {
    let (mut bytes, file) = checkpoint();
    let out = out("altered");
    bytes[40_000] ^= 1;
    let server = Server::start(Manners::Ranges, bytes);
    let output = fetch(&["--from", &server.url(&file), "--out", path(&out)], &[]);
    fails(&output, "weights-integrity");
    assert!(stderr(&output).contains("deleted"), "{}", stderr(&output));
    assert!(!out.exists());
    // A part of another file, resumed: deleted too, and the next one is whole.
    let (bytes, file) = checkpoint();
    let server = Server::start(Manners::Ranges, bytes);
    fs::create_dir(&out).unwrap();
    fs::write(out.join(format!("{file}.part")), [7; 100]).unwrap();
    fails(&fetch(&["--from", &server.url(&file), "--out", path(&out)], &[]), "weights-integrity");
    assert!(!out.exists());
    succeeds(&fetch(&["--from", &server.url(&file), "--out", path(&out)], &[]));
}

#[test]
fn a_server_that_has_it_not_or_is_not_there_is_named() {
    let (bytes, file) = checkpoint();
    let out = out("missing");
    let server = Server::start(Manners::Missing, bytes);
    let output = fetch(&["maskrcnn_resnet50_fpn", "--from", &server.url("mirror/"), "--out", path(&out)], &[]);
    fails(&output, "io");
    let url = server.url("mirror/maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth");
    assert!(stderr(&output).contains(&format!("{url}: HTTP 404")), "{}", stderr(&output));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = fetch(&["--from", &format!("http://{closed}/{file}"), "--out", path(&out)], &[]);
    fails(&output, "io");
    assert!(stderr(&output).contains(&closed.to_string()), "{}", stderr(&output));
    assert!(!out.exists());
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    let (bytes, file) = checkpoint();
    let out = out("silent");
    let server = Server::start(Manners::Silent, bytes);
    let run = || fetch(&["--from", &server.url(&file), "--out", path(&out), "--timeout", "1"], &[]);
    let start = Instant::now();
    let output = run();
    fails(&output, "io");
    assert!(stderr(&output).contains("nothing came for 1 s"), "{}", stderr(&output));
    assert!(!out.exists());
    server.behave(Manners::FallsSilent(1000));
    let output = run();
    fails(&output, "io");
    assert!(stderr(&output).contains("nothing came for 1 s"), "{}", stderr(&output));
    assert_eq!(fs::metadata(out.join(format!("{file}.part"))).unwrap().len(), 1000);
    // Both servers would have kept it for a minute.
    assert!(start.elapsed() < Duration::from_secs(40));
}

#[test]
fn what_is_no_network_leaves_no_model() {
    let bytes = b"not a checkpoint".to_vec();
    let hash = WeightsFile::of("", &bytes).sha256;
    let server = Server::start(Manners::Ranges, bytes);
    let out = out("nothing");
    let url = server.url("x.pth");
    fails(&fetch(&["--from", &url, "--out", path(&out), "--sha256", &hash], &[]), "weights-integrity");
    assert!(!out.exists());
    fails(&fetch(&["--from", &url, "--out", path(&out)], &[]), "invalid-input");
    fails(&fetch(&["no-such-network", "--out", path(&out)], &[]), "invalid-input");
    assert!(!out.exists());
}

#[test]
fn the_proxy_of_the_environment_is_asked() {
    let (bytes, file) = checkpoint();
    let proxy = Server::start(Manners::Missing, bytes);
    let url = format!("http://mirror.invalid/{file}");
    let variable = [("http_proxy", &*proxy.url(""))];
    fails(&fetch(&["--from", &url, "--out", path(&out("proxy"))], &variable), "io");
    assert!(proxy.last_request().contains("mirror.invalid"), "{}", proxy.last_request());
}

#[test]
fn without_a_name_the_published_checkpoints_are_listed() {
    let output = fetch(&[], &[]);
    succeeds(&output);
    let listed = String::from_utf8(output.stdout).unwrap();
    for (name, size, file) in [
        ("maskrcnn_resnet50_fpn ", "178 MB", "maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth"),
        ("maskrcnn_resnet50_fpn_v2 ", "186 MB", "maskrcnn_resnet50_fpn_v2_coco-73cbd019.pth"),
        ("fasterrcnn_resnet50_fpn ", "168 MB", "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth"),
        ("fasterrcnn_resnet50_fpn_v2 ", "175 MB", "fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth"),
    ] {
        let line = listed.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line.contains(size) && line.ends_with(file), "{line}");
    }
}
