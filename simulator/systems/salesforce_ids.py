"""Salesforce's record ids and times, as macros of the database.

An id has fifteen case-sensitive letters and digits: three for the type of object, two for the
instance, one reserved, and nine base-62 digits. Three more make it unique where case is ignored:
each encodes which of five characters are capitals. Numbers are below 62⁵, some 916 million.
"""

from __future__ import annotations

MACROS = """
-- which of five are capitals, as one of 32 letters and digits
create or replace macro salesforce_check(five) as substr(
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
    1
    + if(substr(five, 1, 1) between 'A' and 'Z', 1, 0)
    + if(substr(five, 2, 1) between 'A' and 'Z', 2, 0)
    + if(substr(five, 3, 1) between 'A' and 'Z', 4, 0)
    + if(substr(five, 4, 1) between 'A' and 'Z', 8, 0)
    + if(substr(five, 5, 1) between 'A' and 'Z', 16, 0),
    1
);

-- an id of 15 characters with its three check characters
create or replace macro salesforce_long_id(id) as
    id || salesforce_check(id[1:5]) || salesforce_check(id[6:10]) || salesforce_check(id[11:15]);

-- a digit to the base 62
create or replace macro salesforce_digit(number, unit) as substr(
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 1 + number // unit % 62, 1
);

-- a lambda gives a name to what stands more than once in a macro: it is worked out once
create or replace macro salesforce_id(kind, number) as list_transform(
    [number],
    lambda known: list_transform(
        [
            salesforce_digit(known, 14776336) || salesforce_digit(known, 238328)
            || salesforce_digit(known, 3844) || salesforce_digit(known, 62)
            || salesforce_digit(known, 1)
        ],
        lambda digits: kind || '5g00000' || digits
        || salesforce_check(kind || '5g') || 'A' || salesforce_check(digits)
    )[1]
)[1];

-- a contact's id
create or replace macro salesforce_contact_id(number) as
    salesforce_id('003', number);

-- UTC, always with three zeros
create or replace macro salesforce_time(ms) as
    strftime(make_timestamp(ms * 1000), '%Y-%m-%dT%H:%M:%S.000Z');
"""
