import { useState } from 'react';
import { Button as AriaButton, Header, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { changeLanguage, languageOf, t } from '../i18n';
import { paths } from '../paths';
import { homeOf, nav } from '../routes';
import { isAdminOnly, useSession } from '../session';
import { applyTheme, themeOf, type Theme } from '../theme';
import { CheckIcon, Mark, PersonIcon, SearchIcon } from './icons';

const THEMES: Theme[] = ['system', 'light', 'dark'];

export function AppBar() {
  const { me, centre } = useSession();
  const [page] = useLocation();
  return (
    <header className="app-bar">
      <div className="app-bar-in">
        <Link className="brand" href={homeOf(me)}>
          <Mark />
          <span>
            {t('app.name')}
            <small>{centre.name}</small>
          </span>
        </Link>
        <nav className="nav" aria-label={t('nav.main')}>
          {nav
            .filter((item) => item.shownTo?.(me) ?? true)
            .map((item) => (
              <Link
                key={item.to}
                href={item.to}
                className={item.only === 'bar' ? 'wide' : item.only === 'phone' ? 'only-phone' : undefined}
                aria-current={isHere(item.to, page) ? 'page' : undefined}
              >
                {item.icon}
                {t(item.label)}
              </Link>
            ))}
        </nav>
        <div className="bar-tools">
          {!isAdminOnly(me) && (
            <Link className="bar-tool" href={paths.cases} aria-label={t('nav.find')}>
              <SearchIcon />
              <span>{t('nav.find')}</span>
            </Link>
          )}
          <PersonMenu />
        </div>
      </div>
    </header>
  );
}

/** A task is reached from Dziś, so Dziś is where one is. */
const isHere = (to: string, page: string) =>
  to === paths.today ? page === paths.today || page.startsWith('/zadania/') : page.startsWith(to);

function PersonMenu() {
  const { me, signOut } = useSession();
  const [, navigate] = useLocation();
  // The post stands in the name already, as everywhere else a colleague is named.
  const who = me.name;
  const [theme, setTheme] = useState(themeOf);
  const choose = (key: string) => {
    if (key === 'out') signOut();
    else if (key === 'account') navigate(paths.account);
    else if (key.startsWith('/')) navigate(key);
    else if (key === 'language') changeLanguage(languageOf() === 'pl' ? 'en' : 'pl');
    else {
      applyTheme(key as Theme);
      setTheme(key as Theme);
    }
  };
  return (
    <MenuTrigger>
      <AriaButton className="bar-tool" aria-label={t('account.menu', { who })}>
        <PersonIcon />
        <span>{who}</span>
      </AriaButton>
      <Popover className="menu-pop" placement="bottom end">
        <Header className="menu-note">{who}</Header>
        <Menu className="menu-list" aria-label={t('account.menu', { who })} onAction={(key) => choose(String(key))}>
          <MenuItem id="account" className="menu-item">
            {t('account.open')}
          </MenuItem>
          {/* What the bar of a phone has no place for. */}
          {nav
            .filter((item) => item.only === 'bar' && (item.shownTo?.(me) ?? true))
            .map((item) => (
              <MenuItem key={item.to} id={item.to} className="menu-item">
                {t(item.label)}
              </MenuItem>
            ))}
          {THEMES.map((one) => (
            <MenuItem key={one} id={one} className="menu-item" textValue={t(`theme.${one}`)}>
              {t(`theme.${one}`)}
              {one === theme && (
                <>
                  <CheckIcon />
                  <span className="vh">{t('menu.chosen')}</span>
                </>
              )}
            </MenuItem>
          ))}
          <MenuItem id="language" className="menu-item">
            {t('account.otherLanguage')}
          </MenuItem>
          <MenuItem id="out" className="menu-item">
            {t('account.signOut')}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
