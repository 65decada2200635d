"""msal, unmodified: discovery, client credentials, on-behalf-of, and its errors."""

import json
import os
import sys

import msal
import requests

ready = json.load(open(sys.argv[1]))
facts = ready["dataverse"]
https, ca = facts["https_url"], ready["ca_file"]
authority = f"{https}/{facts['tenant_id']}"
# Where the variable is set, requests prefers it to what a session says.
os.environ["REQUESTS_CA_BUNDLE"] = ca
session = requests.Session()
session.verify = ca


def app(secret):
    return msal.ConfidentialClientApplication(
        facts["client_id"], client_credential=secret, authority=authority, instance_discovery=False,
        validate_authority=False, http_client=session,
    )


def who(token):
    answer = requests.get(f"{https}/api/data/v9.2/WhoAmI", headers={"Authorization": f"Bearer {token}"}, verify=ca)
    answer.raise_for_status()
    return answer.json()["UserId"]


scope = [f"{https}/.default"]
good = app(facts["client_secret"])
result = good.acquire_token_for_client(scopes=scope)
assert who(result["access_token"]) == facts["users"]["application"]["user_id"], result
again = good.acquire_token_for_client(scopes=scope)
assert again["access_token"] == result["access_token"] and again["token_source"] == "cache"

user = facts["users"]["salesperson"]
result = good.acquire_token_on_behalf_of(user["assertion"], scopes=scope)
assert who(result["access_token"]) == user["user_id"], result

# By certificate: the thumbprint of old, and the one that is made from the certificate.
by_thumbprint = {"private_key": facts["private_key"], "thumbprint": facts["certificate_thumbprint"]}
by_certificate = {"private_key": facts["private_key"], "public_certificate": facts["client_certificate"]}
for credential in [by_thumbprint, by_certificate]:
    result = app(credential).acquire_token_for_client(scopes=scope)
    assert "access_token" in result, result
    assert who(result["access_token"]) == facts["users"]["application"]["user_id"], result
    result = app(credential).acquire_token_on_behalf_of(user["assertion"], scopes=scope)
    assert who(result["access_token"]) == user["user_id"], result
unknown = {"private_key": facts["private_key"], "thumbprint": "00" * 20}
refused = app(unknown).acquire_token_for_client(scopes=scope)
assert refused["error"] == "invalid_client" and 700027 in refused["error_codes"], refused

refused = app("wrong").acquire_token_for_client(scopes=scope)
assert refused["error"] == "invalid_client" and 7000215 in refused["error_codes"], refused
print("msal", msal.__version__, "ok")
