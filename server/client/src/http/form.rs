//! Files, as forms (RFC 7578).

/// A form of texts and one file: media type and bytes.
pub(super) fn form(texts: &[(&str, Option<&str>)], file: &[u8]) -> (String, Vec<u8>) {
    let texts: Vec<(&str, &str)> = texts.iter().filter_map(|(name, text)| Some((*name, (*text)?))).collect();
    let boundary = boundary(&texts, file);
    let mut all = Vec::with_capacity(file.len() + 1_024);
    for (name, text) in texts {
        let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
        all.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    all.extend_from_slice(head.as_bytes());
    all.extend_from_slice(file);
    all.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), all)
}

/// A line that stands in nothing that is sent.
fn boundary(texts: &[(&str, &str)], file: &[u8]) -> String {
    let mut number = 0_u64;
    loop {
        let line = format!("engage-{number}-part");
        let in_file = file.windows(line.len()).any(|window| window == line.as_bytes());
        if !in_file && !texts.iter().any(|(_, text)| text.contains(&line)) {
            return line;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_stands_in_nothing_that_is_sent() {
        let (media, body) = form(&[("name", Some("engage-0-part")), ("category", None)], b"--engage-1-part\r\n");
        assert_eq!(media, "multipart/form-data; boundary=engage-2-part");
        let text = String::from_utf8(body).unwrap();
        assert_eq!(text.matches("engage-2-part").count(), 3);
        assert!(!text.contains("category"));
    }
}
