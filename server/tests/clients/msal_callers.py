"""msal, unmodified, towards the issuer of a sandbox, and requests with its tokens towards the Public API."""

import html
import json
import os
import re
import sys
import threading
import webbrowser
from urllib.parse import parse_qs, urljoin, urlparse

import msal
import requests

ready = json.load(open(sys.argv[1]))
issuer, base = ready["issuer"], ready["base_url"]
https, ca = issuer["https"]["authority"], issuer["https"]["ca_file"]
audiences = issuer["audiences"]
# Where the variable is set, requests prefers it to what a session says.
os.environ["REQUESTS_CA_BUNDLE"] = ca
session = requests.Session()
session.verify = ca
# Only what the issuer is signed by is added to what is trusted; the tenant and its endpoints are what msal discovers.
common = {"instance_discovery": False, "http_client": session}
platform = urlparse(issuer["token_endpoint"]).path.split("/")[1]


def step(name):
    print("  ", name, flush=True)


def call(token, path="/api/v3/config/employees"):
    return requests.get(base + path, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def role(result):
    answer = call(result["access_token"], "/api/management/v1/me/customers")
    assert answer.status_code == 200, (answer.text, result.get("error_description"))
    assert call(result["access_token"]).status_code == 200
    return answer.json()[0]["role"]


def back_end(secret=issuer["client_secret"], client=issuer["client_id"], tenant=platform):
    return msal.ConfidentialClientApplication(client, client_credential=secret, authority=f"{https}/{tenant}", **common)


step("client credentials, and from the cache")
scope = [audiences["system"]["scope"]]
app = back_end()
result = app.acquire_token_for_client(scopes=scope)
assert call(result["access_token"]).status_code == 200, result
again = app.acquire_token_for_client(scopes=scope)
assert again["access_token"] == result["access_token"] and again["token_source"] == "cache", again

step("refusals, with the numbers of Entra")
refused = back_end(secret="wrong").acquire_token_for_client(scopes=scope)
assert refused["error"] == "invalid_client" and 7000215 in refused["error_codes"], refused
refused = back_end(client="00000000-0000-4000-8000-00000000000f").acquire_token_for_client(scopes=scope)
assert refused["error"] == "unauthorized_client" and 700016 in refused["error_codes"], refused
refused = app.acquire_token_for_client(scopes=[audiences["system"]["uri"] + "/one"])
assert refused["error"] == "invalid_scope" and refused["correlation_id"], refused
try:
    back_end(tenant="00000000-0000-4000-8000-00000000000f").acquire_token_for_client(scopes=scope)
    raise AssertionError("a tenant that is not there was found")
except ValueError as error:
    assert "authority configuration" in str(error), error
# A back-end that asks for the API of users gets a token, and nothing by it.
crossed = app.acquire_token_for_client(scopes=[audiences["management"]["uri"] + "/.default"])
answer = call(crossed["access_token"])
assert answer.status_code == 401 and answer.json()["details"]["reason"] == "AUDIENCE_REFUSED", answer.text
assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"', answer.headers

sign_in, users = issuer["sign_in"], [audiences["management"]["scope"]]


def tool(authority="organizations"):
    return msal.PublicClientApplication(sign_in["client_id"], authority=f"{https}/{authority}", **common)


def choose(uri, name):
    """What somebody does in a browser: follows the link with a name, on the page of the issuer. The answer to that."""
    page = session.get(uri, timeout=10)
    assert page.status_code == 200, page.text
    [link] = [link for link, text in re.findall(r'<a href="([^"]*)">([^<]*)</a>', page.text) if html.unescape(text) == name]
    return session.get(urljoin(page.url, html.unescape(link)), allow_redirects=False, timeout=10)


def fields(page):
    """The form that a browser would post by itself: where to, and what."""
    [action] = re.findall(r'<form method="post" action="([^"]*)">', page)
    inputs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return html.unescape(action), {html.unescape(name): html.unescape(value) for name, value in inputs}


step("authorization code with PKCE, back by the query and by a form")
for authority in ["organizations", issuer["tenant"]]:
    app = tool(authority)
    flow = app.initiate_auth_code_flow(users, redirect_uri=sign_in["redirect_uri"], response_mode="query")
    asked = parse_qs(urlparse(flow["auth_uri"]).query)
    assert asked["code_challenge_method"] == ["S256"] and flow["code_verifier"], flow
    location = choose(flow["auth_uri"], "Demo Manager").headers["location"]
    back = {name: value for name, [value] in parse_qs(urlparse(location).query).items()}
    result = app.acquire_token_by_auth_code_flow(flow, back)
    assert role(result) == "Manager", result
    assert result["id_token_claims"]["preferred_username"] == "manager@demo.example", result
    spent = app.acquire_token_by_auth_code_flow(flow, back)
    assert spent["error"] == "invalid_grant", spent
    flow = app.initiate_auth_code_flow(users, redirect_uri=sign_in["redirect_uri"], response_mode="form_post")
    action, back = fields(choose(flow["auth_uri"], "Demo Employee").text)
    assert action == sign_in["redirect_uri"], action
    result = app.acquire_token_by_auth_code_flow(flow, back)
    assert role(result) == "Employee", result

step("its accounts, silently: from the cache, and by the refresh token")
accounts = {account["username"]: account for account in app.get_accounts()}
assert set(accounts) == {"manager@demo.example", "employee@demo.example"}, accounts
employee = accounts["employee@demo.example"]
assert employee["home_account_id"].endswith(f".{issuer['tenant']}"), employee
quiet = app.acquire_token_silent(users, account=employee)
assert quiet["access_token"] == result["access_token"] and quiet["token_source"] == "cache", quiet
fresh = app.acquire_token_silent(users, account=employee, force_refresh=True)
assert fresh["access_token"] != result["access_token"] and role(fresh) == "Employee", fresh

step("a browser on this machine, and a port that msal picks")


def browse(uri):
    action, back = fields(choose(uri, "Demo Admin").text)
    requests.post(action, data=back, timeout=10)


class Browser(webbrowser.BaseBrowser):
    """What Python takes for the browser of this machine. It goes on while msal listens."""

    def open(self, url, new=0, autoraise=True):
        threading.Thread(target=browse, args=[url]).start()
        return True


webbrowser.register("of this check", Browser, Browser(), preferred=True)
result = tool().acquire_token_interactive(users, timeout=20)
assert role(result) == "Admin", result

step("who signs in nowhere")
flow = app.initiate_auth_code_flow(users, redirect_uri=sign_in["redirect_uri"], prompt="none", login_hint="nobody@demo.example")
location = session.get(flow["auth_uri"], allow_redirects=False, timeout=10).headers["location"]
back = {name: value for name, [value] in parse_qs(urlparse(location).query).items()}
refused = app.acquire_token_by_auth_code_flow(flow, back)
assert refused["error"] == "login_required" and "AADSTS50058" in refused["error_description"], refused
print("msal", msal.__version__, "ok")
