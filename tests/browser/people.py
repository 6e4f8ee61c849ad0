# SPDX-License-Identifier: Apache-2.0
"""Whom the tests are about."""
import dataclasses

PASSWORD = "violet-anvil-9-teacup"
CURRENT = ("support until=20991231235959Z",)


@dataclasses.dataclass
class Profile:
    dn: str
    name: str
    mail: str
    organization: str


def new_profile(directory, organization, name, mail, plans=CURRENT, **attributes):
    """A profile of an organisation of its own, which has a current plan."""
    dn = directory.add_organization(organization, plans=list(plans))
    return Profile(directory.add_profile(dn, name, mail, **attributes), name, mail, organization)


def account_dn(directory, name):
    return f"uid={name},{directory.accounts}"


def letters_with_links(directory, mailbox, mail, count):
    """Letters to that address, once so many links have come; of a letter that came twice one."""
    def found():
        by_link = {letter.token: letter for letter in reversed(mailbox.to(mail))}
        return len(by_link) >= count and list(reversed(by_link.values()))
    return directory.wait_for(found, what=f"{count} links to come to {mail}")


def tie(directory, profile, name):
    directory.modify(profile.dn, replace={"lkAccountDN": account_dn(directory, name)})
