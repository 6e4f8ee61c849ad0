#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the schema files of each directory server from latchkey.table.

    schema/generate.py            writes the files beside this one
    schema/generate.py --check    says which of them differ from what it would write, and fails if any does
"""
import pathlib
import sys
from dataclasses import dataclass, field, replace

HERE = pathlib.Path(__file__).resolve().parent
LICENCE = "# SPDX-License-Identifier: Apache-2.0\n#\n"
MADE = "# Made by schema/generate.py from schema/latchkey.table: change that, then run it.\n"


@dataclass(frozen=True)
class Kind:
    """What the values of an attribute are: RFC 4517 syntax and rules, and Active Directory's pair of syntaxes."""

    syntax: str
    equality: str
    substrings: str
    ad_syntax: str
    ad_om: int


SYNTAX = "1.3.6.1.4.1.1466.115.121.1."
KINDS = {
    "mail": Kind(SYNTAX + "26", "caseIgnoreIA5Match", "caseIgnoreIA5SubstringsMatch", "2.5.5.5", 22),
    "words": Kind(SYNTAX + "15", "caseIgnoreMatch", "caseIgnoreSubstringsMatch", "2.5.5.12", 64),
    "report": Kind(SYNTAX + "15", "caseIgnoreMatch", "caseIgnoreSubstringsMatch", "2.5.5.12", 64),
    "record": Kind(SYNTAX + "15", "caseExactMatch", "caseExactSubstringsMatch", "2.5.5.3", 27),
    "octets": Kind(SYNTAX + "40", "octetStringMatch", "", "2.5.5.10", 4),
    "name": Kind(SYNTAX + "12", "distinguishedNameMatch", "", "2.5.5.1", 127),
}


@dataclass(frozen=True)
class Attribute:
    number: int
    name: str
    kind: Kind
    single: bool
    description: str
    version: int


@dataclass
class Class:
    number: int
    name: str
    must: list
    may: list
    description: str = ""
    version: int = 1


@dataclass
class Table:
    arc: str = ""
    attributes: list = field(default_factory=list)
    classes: list = field(default_factory=list)
    version: int = 1

    def attribute_oid(self, attribute):
        return f"{self.arc}.1.{attribute.number}"

    def class_oid(self, object_class):
        return f"{self.arc}.2.{object_class.number}"


def read_table(path):
    table = Table()
    for line in path.read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "arc":
            table.arc = rest.strip()
        elif word == "version":
            table.version = int(rest)
        elif word == "attribute":
            number, name, kind, values, description = rest.split(None, 4)
            if values not in ("one", "many"):
                sys.exit(f"{path}: {name}: values are one or many")
            table.attributes.append(Attribute(int(number), name, KINDS[kind], values == "one", description, table.version))
        elif word == "class":
            number, name, must, may = rest.split(None, 3)
            table.classes.append(Class(int(number), name, [] if must == "-" else must.split(","), may.split(), version=table.version))
        elif word == "describe":
            name, description = rest.split(None, 1)
            next(c for c in table.classes if c.name == name).description = description
        elif line and word != "#" and not line.startswith("#"):
            sys.exit(f"{path}: not understood: {line}")
    check_table(table)
    return table


def check_table(table):
    for things in (table.attributes, table.classes):
        numbers = [thing.number for thing in things]
        if len(set(numbers)) != len(numbers):
            sys.exit("a number is used twice")
    names = {attribute.name for attribute in table.attributes}
    for object_class in table.classes:
        unknown = [n for n in object_class.must + object_class.may if n.startswith("lk") and n not in names]
        if unknown or not object_class.description:
            sys.exit(f"{object_class.name}: unknown attributes {unknown}, or no description")


def without_auth_password(object_class):
    """For servers that cannot check a password by it."""
    return replace(object_class, may=[name for name in object_class.may if name != "authPassword"])


# ---- RFC 4512 descriptions: OpenLDAP (two forms) and 389 Directory Server

AUTH_PASSWORD = (
    "( 1.3.6.1.4.1.4203.1.3.4 NAME 'authPassword'",
    "DESC 'RFC 3112 password verifier, in the form of RFC 5803'",
    "EQUALITY octetStringMatch",
    f"SYNTAX {SYNTAX}40 )",
)


def quoted(text):
    """RFC 4512's qdstring."""
    return "'" + text.replace("\\", r"\5C").replace("'", r"\27") + "'"


def origin(thing):
    """The version lets `latchkey init` tell an older definition from a newer one."""
    return f"X-ORIGIN 'Latchkey' X-VERSION '{thing.version}' )"


def attribute_lines(table, attribute):
    kind = attribute.kind
    yield f"( {table.attribute_oid(attribute)} NAME '{attribute.name}'"
    yield f"DESC {quoted(attribute.description)}"
    yield f"EQUALITY {kind.equality}" + (f" SUBSTR {kind.substrings}" if kind.substrings else "")
    yield f"SYNTAX {kind.syntax}" + (" SINGLE-VALUE" if attribute.single else "") + " " + origin(attribute)


def class_lines(table, object_class):
    yield f"( {table.class_oid(object_class)} NAME '{object_class.name}'"
    yield f"DESC {quoted(object_class.description)}"
    yield "SUP top AUXILIARY"
    if object_class.must:
        yield f"MUST ( {' $ '.join(object_class.must)} )"
    yield f"MAY ( {' $ '.join(object_class.may)} )"
    yield origin(object_class)


def directive(word, lines):
    """slapd.conf: lines that begin with a blank continue the one before."""
    return word + " " + "\n\t".join(lines) + "\n\n"


def value(name, lines):
    """LDIF: the first blank of a continued line is taken away, the second is ours."""
    return name + ": " + "\n  ".join(lines) + "\n"


def openldap_schema(table):
    text = LICENCE + "# Schema of Latchkey for OpenLDAP's slapd.conf. Include it after core, cosine, inetorgperson and\n"
    text += "# authpassword.\n" + MADE + "\n"
    text += "".join(directive("attributetype", attribute_lines(table, a)) for a in table.attributes)
    text += "".join(directive("objectclass", class_lines(table, c)) for c in table.classes)
    return text.rstrip("\n") + "\n"


def openldap_ldif(table):
    text = LICENCE + "# Schema of Latchkey for OpenLDAP's cn=config. Add it after authpassword.ldif:\n"
    text += "#   ldapadd -Q -Y EXTERNAL -H ldapi:/// -f latchkey.ldif\n" + MADE
    text += "dn: cn=latchkey,cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: latchkey\n"
    text += "".join(value("olcAttributeTypes", attribute_lines(table, a)) for a in table.attributes)
    text += "".join(value("olcObjectClasses", class_lines(table, c)) for c in table.classes)
    return text


def authpassword_schema(_table):
    text = LICENCE + "# authPassword (RFC 3112) for OpenLDAP's slapd.conf, which lacks it; SCRAM reads it (RFC 5803).\n"
    return text + MADE + "\n" + directive("attributetype", AUTH_PASSWORD).rstrip("\n") + "\n"


def authpassword_ldif(_table):
    text = LICENCE + "# authPassword (RFC 3112) for OpenLDAP's cn=config, which lacks it; SCRAM reads it (RFC 5803).\n"
    text += "# Leave it out where another schema of yours defines it.\n" + MADE
    return text + (
        "dn: cn=authpassword,cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: authpassword\n"
        + value("olcAttributeTypes", AUTH_PASSWORD)
    )


def ds389_ldif(table):
    text = LICENCE + "# Schema of Latchkey for 389 Directory Server. Copy it to /etc/dirsrv/slapd-INSTANCE/schema/99latchkey.ldif,\n"
    text += "# then: dsconf INSTANCE schema reload\n"
    text += "# authPassword is left out: the server does not know it, and has no use for SCRAM verifiers.\n" + MADE
    text += "dn: cn=schema\nobjectClass: top\nobjectClass: ldapSubentry\nobjectClass: subschema\n"
    text += "".join(value("attributeTypes", attribute_lines(table, a)) for a in table.attributes)
    text += "".join(value("objectClasses", class_lines(table, without_auth_password(c))) for c in table.classes)
    return text


# ---- Active Directory: schema objects

AD_INDEXED, AD_CONFIDENTIAL = 1, 128  # searchFlags
AD_PERSONAL = ("lkAlternateMail", "lkPendingMail", "lkQuestion")
# An organisation is an organizationalUnit there, which alone may have people below it, and has no o by itself.
AD_MORE = {"lkOrganization": ["o"]}
AD_HEAD = """# Schema of Latchkey for Active Directory. Tried on Samba 4.17 (docs/samba.md), NOT on Windows: try it in a laboratory
# forest first, for AD never forgets a schema object. As a schema administrator, on the schema master:
#   ldifde -i -f latchkey-ad.ldif -c "CN=Schema,CN=Configuration,DC=X" #schemaNamingContext
#
# Attributes that hold a DN have the linkID 1.2.840.113556.1.2.50, which asks AD to choose a forward link's number: AD
# then takes away the value when the entry that it names is deleted, as slapd's refint overlay does. They have no back link.
# lkAdministrator is mayContain here, not mustContain: AD takes a link away without asking whether it was the last, so that
# an organisation keeps an administrator is up to the daemon alone.
# What is nobody's business but the daemon's is confidential (searchFlags 128): reading it takes the right CR beside RP, which in
# AD everybody who signs in has for most of what people's entries hold.
# authPassword is left out: AD keeps its own password attributes. uid, userPassword, mail and preferredLanguage are AD's.
"""


def ad_attribute(table, attribute):
    linked = attribute.kind.ad_syntax == "2.5.5.1"
    flags = AD_INDEXED * (attribute.name in ("lkToken", "lkSend", "lkAlternateMail"))
    flags += AD_CONFIDENTIAL * (attribute.kind in (KINDS["record"], KINDS["octets"]) or attribute.name in AD_PERSONAL)
    lines = [
        f"dn: CN={attribute.name},CN=Schema,CN=Configuration,DC=X",
        "changetype: add",
        "objectClass: attributeSchema",
        f"cn: {attribute.name}",
        f"lDAPDisplayName: {attribute.name}",
        f"adminDisplayName: {attribute.name}",
        f"adminDescription: {attribute.description}",
        f"attributeID: {table.attribute_oid(attribute)}",
        f"attributeSyntax: {attribute.kind.ad_syntax}",
        f"oMSyntax: {attribute.kind.ad_om}",
    ]
    if linked:
        lines += ["oMObjectClass:: KwwCh3McAIVK", "linkID: 1.2.840.113556.1.2.50"]
    lines += [
        f"isSingleValued: {'TRUE' if attribute.single else 'FALSE'}",
        f"searchFlags: {flags}",
        "showInAdvancedViewOnly: TRUE",
    ]
    return "\n".join(lines) + "\n\n"


def ad_class(table, object_class):
    lines = [
        f"dn: CN={object_class.name},CN=Schema,CN=Configuration,DC=X",
        "changetype: add",
        "objectClass: classSchema",
        f"cn: {object_class.name}",
        f"lDAPDisplayName: {object_class.name}",
        f"adminDisplayName: {object_class.name}",
        f"adminDescription: {object_class.description}",
        f"governsID: {table.class_oid(object_class)}",
        "objectClassCategory: 3",
        "subClassOf: top",
    ]
    names = object_class.must + without_auth_password(object_class).may + AD_MORE.get(object_class.name, [])
    lines += [f"mayContain: {name}" for name in names]
    return "\n".join(lines) + "\n\n"


AD_REFRESH = "dn:\nchangetype: modify\nadd: schemaUpdateNow\nschemaUpdateNow: 1\n-\n\n"


def ad_ldif(table):
    text = LICENCE + AD_HEAD + MADE + "\n"
    text += "".join(ad_attribute(table, a) for a in table.attributes) + AD_REFRESH
    text += "".join(ad_class(table, c) for c in table.classes) + AD_REFRESH
    return text.rstrip("\n") + "\n"


FILES = {
    "latchkey.schema": openldap_schema,
    "latchkey.ldif": openldap_ldif,
    "authpassword.schema": authpassword_schema,
    "authpassword.ldif": authpassword_ldif,
    "latchkey-389ds.ldif": ds389_ldif,
    "latchkey-ad.ldif": ad_ldif,
}


def main(arguments):
    table = read_table(HERE / "latchkey.table")
    stale = []
    for name, make in FILES.items():
        path, text = HERE / name, make(table)
        if arguments == ["--check"]:
            if not path.exists() or path.read_text() != text:
                stale.append(name)
        else:
            path.write_text(text)
    for name in stale:
        print(f"schema/{name} is not what schema/generate.py makes of schema/latchkey.table")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
