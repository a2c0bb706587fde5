"""schema.py - is an answer what doc/openapi.yaml says?

DOCUMENT.violations(method, path, status, headers, body) lists, in words, how
an answer differs; and remembers in DOCUMENT.shown which answers there were.
"""
import collections
import json
import pathlib
import re
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent

import things

things.pip(HERE)

import jsonschema_rs
import yaml

PATH = HERE.parent.parent / "doc" / "openapi.yaml"
URI = "urn:postern"
METHODS = ("get", "post", "patch", "delete", "put", "head", "options")

# Not the API's but HTTP's, or the web server's own.
OF_HTTP = {"connection", "content-length", "content-type", "date",
           "keep-alive", "server", "transfer-encoding", "upgrade"}

# What answers to a request that is no operation's.
NO_OPERATION = {400: "BadRequest", 403: "Refused", 404: "NotFound",
                405: "MethodNotAllowed", 413: "BodyTooLarge",
                414: "UriTooLong", 429: "RateLimited",
                431: "HeadersTooLarge"}


class Loader(yaml.CSafeLoader):
    """YAML with JSON's types: a time is text."""
    yaml_implicit_resolvers = {
        first: [r for r in resolvers if not r[0].endswith(":timestamp")]
        for first, resolvers
        in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def pointer(*names):
    """A JSON pointer (RFC 6901) as a fragment."""
    return "#/" + urllib.parse.quote("/".join(
        n.replace("~", "~0").replace("/", "~1") for n in names))


def strict(pairs):
    """An object of JSON that has no member twice."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a member comes twice: {names}")
    return dict(pairs)


class Document:
    def __init__(self, path):
        self.tree = yaml.load(path.read_text(), Loader)
        self.registry = jsonschema_rs.Registry([(URI, self.tree)])
        self.validators = {}
        self.paths = [(t, re.compile(re.sub(r"\{\w+\}", "[^/]+", t)))
                      for t in sorted(self.tree["paths"],
                                      key=lambda t: "{" in t)]
        self.shown = collections.Counter()

    def resolve(self, *names):
        """The part of the document of that name, and its own name."""
        part = self.tree
        for name in names:
            part = part[name]
        if "$ref" in part:
            return self.resolve(*part["$ref"][2:].split("/"))
        return part, names

    def methods(self, template):
        return {m.upper() for m in self.tree["paths"][template]
                if m in METHODS}

    def template(self, path):
        """The path of the document that a request's path is, or None."""
        path = path.partition("?")[0]
        return next((t for t, form in self.paths if form.fullmatch(path)),
                    None)

    def response(self, method, template, status):
        """The response of the document, and its name; or None twice."""
        if template is not None and method in self.methods(template):
            names = ("paths", template, method.lower(), "responses",
                     str(status))
        else:
            names = ("components", "responses", NO_OPERATION.get(status))
        try:
            return self.resolve(*names)
        except KeyError:
            return None, None

    def errors(self, instance, *names):
        """How a value differs from the schema of that name."""
        uri = URI + pointer(*names)
        if uri not in self.validators:
            self.validators[uri] = jsonschema_rs.Draft202012Validator(
                {"$ref": uri}, registry=self.registry, validate_formats=True)
        return [f"{e.message} at {list(e.instance_path)}"
                for e in self.validators[uri].iter_errors(instance)]

    def header_violations(self, response, names, headers):
        given = collections.defaultdict(list)
        for name, value in headers:
            given[name.lower()].append(value)
        for name in response.get("headers", {}):
            values = given.pop(name.lower(), [])
            header, where = self.resolve(*names, "headers", name)
            if len(values) > 1:
                yield f"{name} comes {len(values)} times"
            if not values and header.get("required"):
                yield f"{name} is missing"
            for value in values:
                if header["schema"].get("type") == "integer":
                    value = int(value) if value.isdecimal() else value
                for error in self.errors(value, *where, "schema"):
                    yield f"{name}: {error}"
        for name in given.keys() - OF_HTTP:
            yield f"{name} is not in the document"

    def body_violations(self, response, names, headers, body):
        types = [v for n, v in headers if n.lower() == "content-type"]
        content = response.get("content")
        if content is None:
            if body:
                yield f"there is a body: {body[:80]!r}"
            return
        if types != list(content):
            yield f"Content-Type is {types}"
            return
        try:
            value = json.loads(body.decode(), object_pairs_hook=strict)
        except ValueError as error:
            yield f"the body is not JSON: {error}: {body[:80]!r}"
            return
        yield from self.errors(value, *names, "content", types[0], "schema")
        if "errorId" in value:
            ids = [v for n, v in headers if n.lower() == "x-request-id"]
            if ids != [value["errorId"]]:
                yield f"errorId is {value['errorId']}, X-Request-Id is {ids}"

    def violations(self, method, path, status, headers, body):
        """headers are pairs, or a mapping; body is bytes."""
        headers = list(getattr(headers, "items", lambda: headers)())
        template = self.template(path)
        response, names = self.response(method, template, status)
        self.shown[template, method, status, code(body)] += 1
        if response is None:
            return [f"{method} {template} has no {status}"]
        found = [*self.header_violations(response, names, headers),
                 *self.body_violations(response, names, headers, body)]
        if status == 405 and template is not None:
            allow = {v for n, v in headers if n.lower() == "allow"}
            if allow != {", ".join(self.taken(template))}:
                found.append(f"Allow is {allow}")
        return found

    def shown_by_route(self):
        """A line for each operation: how often it showed what."""
        for template in self.tree["paths"]:
            for method in self.in_order(template):
                said = sorted((status, code, n) for (t, m, status, code), n
                              in self.shown.items()
                              if (t, m) == (template, method))
                yield " ".join([method, template, "-", *(
                    f"{status}{code and ' ' + code} ({n})"
                    for status, code, n in said)])

    def taken(self, template):
        """The methods that a path takes: HEAD wherever GET is."""
        return [m for method in self.in_order(template)
                for m in ((method, "HEAD") if method == "GET" else (method,))]

    def in_order(self, template):
        known = self.methods(template)
        return [m for m in ("GET", "POST", "PATCH", "DELETE") if m in known]


def code(body):
    """An error's code, or nothing."""
    try:
        value = json.loads(body)
        return value.get("code") or value.get("error") or ""
    except (ValueError, AttributeError):
        return ""


DOCUMENT = Document(PATH)
