"""Typing errors of people and clerks, as database macros: each system has its own kind.

Web forms have keyboard slips; a clerk at the till hears a name and guesses its spelling; a
spreadsheet drops a number's leading zero.
"""

MACROS = r"""
-- a text without the letter at a place, counted from 1
create macro without_letter(text, place) as
    substr(text, 1, place - 1) || substr(text, place + 1);
-- a text in which a letter and the next change places
create macro with_swap(text, place) as
    substr(text, 1, place - 1) || substr(text, place + 1, 1) || substr(text, place, 1)
    || substr(text, place + 2);
-- a text in which a letter is doubled
create macro with_double(text, place) as
    substr(text, 1, place) || substr(text, place);

-- a slip of the finger in the name of the mailbox or of its provider, never at the at-sign; the
-- address that comes of it is still one of a domain that can't exist
create macro mistyped_email(text, key) as case roll(key, 'e-mail slip', 5)
    when 0 then with_swap(text, 2 + roll(key, 'e-mail place', position('@' in text) - 4))
    when 1 then without_letter(text, 2 + roll(key, 'e-mail place', position('@' in text) - 3))
    when 2 then if(text like '%.example', replace(text, '.example', '.exmaple'), text || 'm')
    when 3 then upper(text[1]) || text[2:] || ' '
    else replace(text, '@', '@@')
end;

-- the same where a system takes no e-mail that is not of the form of one
create macro formal_email(text, key) as trim(replace(mistyped_email(text, key), '@@', '@'));

-- one digit is another, or two change places
create macro mistyped_phone(text, key) as if(
    roll(key, 'phone slip', 2) = 0,
    substr(text, 1, length(text) - 1)
    || ((ascii(right(text, 1)) - 48 + 1 + roll(key, 'digit', 8)) % 10),
    substr(text, 1, length(text) - 3) || with_swap(right(text, 3), 1)
);

-- the same number as different people write it
create macro phone_as_written(text, key) as case roll(key, 'phone form', 10)
    when 0 then replace(text, '-', '')
    when 1 then replace(text, '-', ' ')
    when 2 then if(text like '010%', '+82 ' || substr(text, 2), text)
    when 3 then if(text like '010%', '82' || substr(replace(text, '-', ''), 2), text)
    when 4 then replace(text, '-', '.')
    else text
end;

-- a spreadsheet takes it for a number
create macro phone_without_zero(text) as
    if(text like '010%', substr(replace(text, '-', ''), 2), text);

-- what a clerk hears: syllables that sound alike
create macro misheard_name(text, key) as case roll(key, 'hearing', 6)
    when 0 then translate(text, '재혜현예', '제해연에')
    when 1 then translate(text, '희성승준', '히선성중')
    when 2 then substr(text, 1, 1) || ' ' || substr(text, 2)
    when 3 then text || '님'
    when 4 then substr(text, 1, 1) || '*' || substr(text, 3)
    else translate(text, '윤민빈율', '운민빛률')
end;
"""
