# SPDX-License-Identifier: Apache-2.0
"""Many who redeem one token at the same moment, each under a connection of its own as the daemon, as the daemon does it: in one Modify."""
import concurrent.futures
import threading

import ldap


def redeem_at_once(directory, profile, token, accounts):
    """Each of the accounts takes the token and ties the profile to itself. Those that could."""
    start = threading.Barrier(len(accounts), timeout=60)

    def redeem(account):
        connection = directory.connect_service()
        start.wait()
        try:
            directory.modify(profile, delete={"lkToken": token}, replace={"lkAccountDN": account}, connection=connection)
        except ldap.NO_SUCH_ATTRIBUTE:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(len(accounts)) as pool:
        could = list(pool.map(redeem, accounts))
    return [account for account, did in zip(accounts, could) if did]
