//! The example of the protocol page, byte by byte: a change set of two creates and a read in one batch.

use crate::client::{A, C, Org};

fn example() -> String {
    format!(
        "--batch_X
Content-Type: multipart/mixed; boundary=\"changeset_Y\"

--changeset_Y
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 1

POST /api/data/v9.2/accounts HTTP/1.1
Content-Type: application/json; type=entry

{{\"accountid\":\"{A}\",\"name\":\"A\"}}
--changeset_Y
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 2

POST /api/data/v9.2/contacts HTTP/1.1
Content-Type: application/json; type=entry

{{\"contactid\":\"{C}\",\"parentcustomerid_account@odata.bind\":\"/accounts({A})\"}}
--changeset_Y--
--batch_X
Content-Type: application/http
Content-Transfer-Encoding: binary

GET /api/data/v9.2/accounts({A})?$select=name,createdon HTTP/1.1

--batch_X--
"
    )
}

#[tokio::test]
async fn the_example_of_the_page() {
    let org = Org::start().await;
    let headers = [("Content-Type", "multipart/mixed; boundary=\"batch_X\"")];
    let sent = example().replace('\n', "\r\n");
    let reply = org.call("POST", "$batch", &headers, &sent).await.expect(200);
    let root = &org.root;
    let set = reply.body.split("boundary=changesetresponse_").nth(1).unwrap().split("\r\n").next().unwrap().to_owned();
    let batch = reply.header("content-type").unwrap().split("batchresponse_").nth(1).unwrap().to_owned();
    let part = |id: u32, address: &str| {
        format!(
            "--changesetresponse_{set}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {id}\r\n\r\nHTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\nLocation: {root}/{address}\r\nOData-EntityId: {root}/{address}\r\n\r\n\r\n"
        )
    };
    let writes = format!(
        "--batchresponse_{batch}\r\nContent-Type: multipart/mixed; boundary=changesetresponse_{set}\r\n\r\n{}{}--changesetresponse_{set}--\r\n\r\n",
        part(1, &format!("accounts({A})")),
        part(2, &format!("contacts({C})")),
    );
    assert!(reply.body.starts_with(&writes), "{}", reply.body);
    let read = reply.body.strip_prefix(&writes).unwrap();
    assert!(read.starts_with(&format!(
        "--batchresponse_{batch}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 200 OK\r\n"
    )));
    assert!(read.ends_with(&format!("\r\n--batchresponse_{batch}--\r\n")));
}

#[tokio::test]
async fn the_same_request_again_is_a_duplicate_key_and_no_second_row() {
    let org = Org::start().await;
    let headers = [("Content-Type", "multipart/mixed; boundary=\"batch_X\"")];
    let bearer = format!("Bearer {}", org.token);
    let lost = [("Authorization", bearer.as_str()), headers[0], ("x-sandbox-fault", "cut_after")];
    let url = format!("{}/$batch", org.root);
    assert!(crate::client::send(&url, "POST", &lost, &example()).await.is_none(), "the answer is lost");
    let again = org.call("POST", "$batch", &headers, &example()).await.expect(412);
    assert!(again.body.contains("0x80040237"));
    assert_eq!(org.get("accounts/$count").await.body, "\u{feff}1");
}
